import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { createOnnxEngine } from '@q-anchor/backend';
import { InputError } from '@q-anchor/core';

import { adamw } from './adamw.js';
import { contrastive } from './contrastive.js';
import { decoderFamilies } from './decoders.js';
import type { Family, Setting } from './family.js';
import { readGolden } from './golden.js';
import { laterFamilies } from './later.js';
import { probe } from './probe.js';
import { rankingMetrics } from './ranking-metrics.js';
import type { Row } from './result.js';
import { userEncoder } from './user-encoder.js';

const familiesWith = (decoders: readonly string[]): readonly Family[] => [
  contrastive,
  adamw,
  ...decoders.flatMap(decoderFamilies),
  userEncoder,
  rankingMetrics,
  probe,
  ...laterFamilies,
];

/**
 * Recomputes every golden in a folder.
 *
 * @param directory - laid out as `tooling/goldens`
 * @throws InputError if there is no such folder
 */
export async function conformanceRows(directory: string): Promise<readonly Row[]> {
  const names = await readdir(directory).catch((error: Error) => {
    throw new InputError(
      { where: directory, expected: 'a folder of goldens', found: error.message },
      { cause: error },
    );
  });
  await using engine = createOnnxEngine({ threads: 1 });
  const rows: Row[] = [];
  const families = familiesWith(['qwen2', 'qwen3', ...(await furtherDecoders(directory, names))]);
  for (const family of families) rows.push(...(await rowsOf(family, { directory, engine })));
  return [...rows, ...unknownRows(names, families)];
}

async function rowsOf(family: Family, setting: Setting): Promise<readonly Row[]> {
  const { name, files } = family;
  const missing: string[] = [];
  for (const file of files) {
    if (!(await exists(join(setting.directory, file)))) missing.push(file);
  }
  if (missing.length > 0) {
    return [{ name, verdict: 'absent', remark: `no ${missing.join(', ')}` }];
  }
  try {
    return await family.rows(setting);
  } catch (error) {
    return [{ name, verdict: 'failed', remark: (error as Error).message }];
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Folders beside the usual two that hold a decoder as well. */
async function furtherDecoders(directory: string, names: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    if (name === 'qwen2' || name === 'qwen3') continue;
    if (!(await exists(join(directory, name, 'config.json')))) continue;
    const config = await readGolden(directory, `${name}/config.json`).catch(() => undefined);
    if (config?.has('model_type') !== true) continue;
    if (/^qwen[23]$/.test(String(config.at('model_type').json))) found.push(name);
  }
  return found;
}

/** Rows for what stands in the folder and nobody here can recompute. */
function unknownRows(names: readonly string[], families: readonly Family[]): Row[] {
  const known = new Set(families.map(({ name }) => name.split(' ')[0]!));
  return names
    .filter((name) => !name.startsWith('.') && !/\.(md|py|txt)$/.test(name))
    .filter((name) => !known.has(name.replace(/\.json$/, '')))
    .map((name) => ({ name, verdict: 'skipped', remark: 'no code for this golden' }));
}

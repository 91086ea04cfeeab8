import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { createOnnxEngine } from '@q-anchor/backend';
import { InputError, pathExists } from '@q-anchor/core';

import { adamw } from './adamw.js';
import { bertFamilies } from './berts.js';
import { contrastive } from './contrastive.js';
import { decoderFamilies } from './decoders.js';
import type { Family, Setting } from './family.js';
import { readGolden } from './golden.js';
import { probe } from './probe.js';
import { prototypical } from './prototypical.js';
import { rankingMetrics } from './ranking-metrics.js';
import type { Row } from './result.js';
import { userEncoder } from './user-encoder.js';

async function familiesOf(directory: string, names: readonly string[]): Promise<Family[]> {
  const models = await modelFolders(directory, names);
  const folders = (usual: readonly string[], types: RegExp): readonly string[] => [
    ...usual,
    ...[...models].flatMap(([name, type]) =>
      types.test(type) && !usualModels.has(name) ? [name] : [],
    ),
  ];
  const berts: Family[] = [];
  for (const name of folders(['bert'], /^bert$/)) {
    const hasAdapters = await pathExists(join(directory, name, 'adapter_config.json'));
    berts.push(...bertFamilies(name, { hasAdapters }));
  }
  return [
    contrastive,
    adamw,
    ...folders(['qwen2', 'qwen3'], /^qwen[23]$/).flatMap(decoderFamilies),
    ...berts,
    userEncoder,
    rankingMetrics,
    probe,
    prototypical,
  ];
}

/** Folders that must be there, whatever others are. */
const usualModels: ReadonlySet<string> = new Set(['qwen2', 'qwen3', 'bert']);

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
  const families = await familiesOf(directory, names);
  for (const family of families) rows.push(...(await rowsOf(family, { directory, engine })));
  return [...rows, ...unknownRows(names, families)];
}

async function rowsOf(family: Family, setting: Setting): Promise<readonly Row[]> {
  const { name, files } = family;
  const missing: string[] = [];
  for (const file of files) {
    if (!(await pathExists(join(setting.directory, file)))) missing.push(file);
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

/** Folders that hold a model, with its type. */
async function modelFolders(
  directory: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const name of names) {
    if (!(await pathExists(join(directory, name, 'config.json')))) continue;
    const config = await readGolden(directory, `${name}/config.json`).catch(() => undefined);
    if (config?.has('model_type')) found.set(name, String(config.at('model_type').json));
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

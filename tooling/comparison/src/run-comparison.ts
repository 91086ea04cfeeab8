import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createOnnxEngine } from '@q-anchor/backend';

import { comparisonsIn } from './comparisons.js';
import { models } from './models.js';
import { fileName, planOf } from './plan.js';
import { outputOf } from './process.js';
import type { Row } from './result.js';
import { rowsOf } from './rows.js';

/** What a run needs. */
export interface RunOptions {
  /** A folder for all files, which is there and empty. */
  readonly folder: string;
  /** The program that starts Python. */
  readonly python: string;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Is told what begins. */
  readonly say: (text: string) => void;
}

/** What a run found. */
export interface ComparisonResult {
  readonly rows: readonly Row[];
  /** Versions of the Python packages, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A file of this repository; the same relative path from src/ and from dist/. */
const fileAt = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const install =
  'Where packages are missing, install them (`python3 -m venv venv && venv/bin/pip install -r ' +
  'tooling/comparison/requirements.txt`) and name their Python: --python venv/bin/python.';

/**
 * Makes the checkpoints and adapters, has Python compute and write its own, and compares.
 *
 * @throws {@link @q-anchor/core#UnavailableError} if Python or a step of its fails
 */
export async function comparisonResult(options: RunOptions): Promise<ComparisonResult> {
  const { folder, python, seed, signal, say } = options;
  say(`Making ${models.length} checkpoints`);
  for (const { name, flags } of models) {
    const all = { ...flags, seed: `${seed}`, out: join(folder, fileName(name)) };
    const words = Object.entries(all).flatMap(([flag, value]) => [`--${flag}`, value]);
    await outputOf([process.execPath, fileAt('../checkpoints/dist/main.js'), ...words], {
      what: `the checkpoint '${name}'`,
      fix: 'pnpm checkpoint --help tells the flags.',
      signal,
    });
  }
  const comparisons = await comparisonsIn(folder, { seed });
  const results = join(folder, 'results');
  await mkdir(results);
  const plan = join(folder, 'plan.json');
  await writeFile(plan, JSON.stringify(planOf(comparisons, results), undefined, 2));
  say('Running transformers and PEFT');
  const said = await outputOf([python, fileAt('python/reference.py'), plan], {
    what: `the Python side, by '${python}',`,
    fix: install,
    signal,
  });
  const versions = JSON.parse(said.trim().split('\n').at(-1)!) as Record<string, string>;
  say('Running our own engine');
  await using engine = createOnnxEngine({ threads: 1 });
  const rows: Row[] = [];
  for (const comparison of comparisons) {
    signal.throwIfAborted();
    rows.push(...(await rowsOf(comparison, { engine, results })));
  }
  return { rows, versions };
}

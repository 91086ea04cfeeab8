import { createEngine, createOnnxEngine } from '@q-anchor/backend';
import { createEmbedder, type StoragePrecision } from '@q-anchor/dual-tower';
import { createServing } from '@q-anchor/kv-serving';

import { median } from '../median.js';
import type { CostTask } from './cost-here.js';
import { benchModel } from './served-model.js';
import { askedQueries, servedDay, servedUser } from './served-user.js';

/** What serving adds to the run of a model on floats that are there. */
export interface Overhead {
  /** How keys and values are kept. */
  readonly storage: StoragePrecision;
  /** Where the engine runs: on the caller's thread, or in a worker. */
  readonly engine: 'here' | 'worker';
  /** Median difference of a warm request of one query and the run, in ms. */
  readonly addedMs: number;
  /** Its quartiles. */
  readonly quartilesMs: readonly [low: number, high: number];
  /** Median of the run itself, in ms. */
  readonly runMs: number;
}

const storages = ['f32', 'f16', 'int8'] as const;
const pairs = 60;

const millisecondsOf = async (run: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
};

/**
 * Times what serving adds to a warm query, in this process: requests in turn with runs of an embedder on
 * the same thread that has keys and values as floats. The model has the keys and values of the
 * directory's, and is tiny otherwise, so that differences show.
 *
 * @throws {@link @q-anchor/core#InputError} if the directory is no decoder's, or the tokens are too few
 */
export async function overheadHere(task: CostTask): Promise<readonly Overhead[]> {
  const { directory, tokens, query, threads } = task;
  const { model, fixedTokens } = await benchModel(directory, { isThin: true });
  const { tokenizer } = model.collate;
  const profile = servedUser(tokens, { tokenizer, fixedTokens });
  const queries = askedQueries(1, { tokens: query, tokenizer });
  const threadOptions = threads === undefined ? {} : { threads };
  await using here = createOnnxEngine(threadOptions);
  await using worker = await createEngine({ device: 'cpu', worker: true, ...threadOptions });
  const found: Overhead[] = [];
  for (const [engine, place] of [
    [here, 'here'],
    [worker, 'worker'],
  ] as const) {
    for (const storage of storages) {
      await using embedder = await createEmbedder(here, model);
      const cache = await embedder.encode([profile]);
      await using serving = await createServing(engine, {
        model,
        storage,
        nowDays: () => servedDay,
      });
      serving.putUser(profile);
      const ask = () => serving.embed({ user: profile.userId, queries });
      const run = () => embedder.embedCached(cache, queries);
      for (let i = 0; i < 5; i++) {
        await ask();
        await run();
      }
      const added: number[] = [];
      const runs: number[] = [];
      for (let i = 0; i < pairs; i++) {
        const asked = await millisecondsOf(ask);
        const ran = await millisecondsOf(run);
        runs.push(ran);
        added.push(asked - ran);
      }
      const sorted = added.toSorted((a, b) => a - b);
      found.push({
        storage,
        engine: place,
        addedMs: median(added),
        quartilesMs: [sorted[pairs / 4]!, sorted[(3 * pairs) / 4]!],
        runMs: median(runs),
      });
    }
  }
  return found;
}

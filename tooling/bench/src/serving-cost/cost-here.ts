import { createOnnxEngine } from '@q-anchor/backend';
import type { StoragePrecision } from '@q-anchor/dual-tower';
import { createServing, storageErrors, type StorageError } from '@q-anchor/kv-serving';

import { largestMB } from '../measure/largest-size.js';
import { median } from '../median.js';
import { benchModel } from './served-model.js';
import { askedQueries, servedDay, servedUser } from './served-user.js';

/** What a served user's queries are timed on. */
export interface CostTask {
  /** A decoder in Hugging Face's form. */
  readonly directory: string;
  /** Tokens of the prefix. */
  readonly tokens: number;
  /** Tokens of a query. */
  readonly query: number;
  /** Numbers of queries in a request. */
  readonly queries: readonly number[];
  /** How keys and values are kept. */
  readonly storage: StoragePrecision;
  /** Rounds; each times everything once. */
  readonly rounds: number;
  /** Threads of one run; the engine's own choice by default. */
  readonly threads?: number;
}

/** Seconds of a request of so many queries. */
interface CostRow {
  /** Queries in the request. */
  readonly queries: number;
  /** As many full runs, each of prefix and one query: so many times the median of one. */
  readonly fullSeconds: number;
  /** Median with the prefix read anew. */
  readonly coldSeconds: number;
  /** Median with the prefix cached. */
  readonly warmSeconds: number;
  /** Median of the rounds' cold over full. */
  readonly coldShare: number;
  /** Median of the rounds' warm over full. */
  readonly warmShare: number;
}

/** What {@link costHere} measured. */
export interface CostResult {
  /** How keys and values are kept. */
  readonly storage: StoragePrecision;
  /** Tokens of the prefix, counted. */
  readonly prefixTokens: number;
  /** Tokens of the first query, `<|user_emb|>` counted. */
  readonly queryTokens: number;
  /** Bytes of the cached prefix. */
  readonly cachedBytes: number;
  /** Median seconds of a full run. */
  readonly fullSeconds: number;
  /** By number of queries. */
  readonly rows: readonly CostRow[];
  /** Largest resident size of the process, in MB. */
  readonly peakMB: number;
}

const secondsOf = async (run: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now();
  await run();
  return (performance.now() - startedAt) / 1000;
};

/**
 * Times requests for a user's embeddings in this process: full runs of prefix and query, and requests to a
 * serving that has the prefix or has to read it.
 *
 * @throws {@link @q-anchor/core#InputError} if the directory is no decoder's, or the tokens are too few
 */
export async function costHere(task: CostTask): Promise<CostResult> {
  const { directory, tokens, query, queries: counts, storage, rounds, threads } = task;
  const { model, fixedTokens } = await benchModel(directory, { isThin: false });
  const { tokenizer } = model.collate;
  const profile = servedUser(tokens, { tokenizer, fixedTokens });
  const queries = askedQueries(Math.max(...counts), { tokens: query, tokenizer });
  await using engine = createOnnxEngine(threads === undefined ? {} : { threads });
  await using serving = await createServing(engine, { model, storage, nowDays: () => servedDay });
  // A program of its own would hold the weights a second time: a cold request of one query is a full
  // run, but for what is kept of it.
  const user = profile.userId;
  const embed = (count: number) => serving.embed({ user, queries: queries.slice(0, count) });
  const cold = (count: number): Promise<number> => {
    serving.deleteUser(user);
    serving.putUser(profile);
    return secondsOf(() => embed(count));
  };
  serving.putUser(profile);
  const { usage } = await embed(1);
  await embed(1);
  const cachedBytes = serving.counts.prefixes.bytes;

  const seconds = counts.map((): Samples => ({ full: [], cold: [], warm: [] }));
  const all: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const order = [...counts.entries()];
    const full = median([await cold(1), await cold(1), await cold(1)]);
    all.push(full);
    for (const [i, count] of round % 2 === 0 ? order : order.toReversed()) {
      seconds[i]!.full.push(full * count);
      seconds[i]!.cold.push(await cold(count));
      seconds[i]!.warm.push(await secondsOf(() => embed(count)));
    }
  }
  return {
    storage,
    prefixTokens: usage.prefixTokens,
    queryTokens: usage.queryTokens,
    cachedBytes,
    fullSeconds: median(all),
    rows: counts.map((count, i) => rowOf(count, seconds[i]!)),
    peakMB: largestMB(),
  };
}

interface Samples {
  readonly full: number[];
  readonly cold: number[];
  readonly warm: number[];
}

function rowOf(queries: number, { full, cold, warm }: Samples): CostRow {
  const share = (seconds: readonly number[]): number =>
    median(seconds.map((one, i) => one / full[i]!));
  return {
    queries,
    fullSeconds: median(full),
    coldSeconds: median(cold),
    warmSeconds: median(warm),
    coldShare: share(cold),
    warmShare: share(warm),
  };
}

/** What storing keys and values in f16 and int8 does to embeddings of the task's user, in this process. */
export async function storageErrorsHere(task: CostTask): Promise<readonly StorageError[]> {
  const { directory, tokens, query, threads } = task;
  const { model, fixedTokens } = await benchModel(directory, { isThin: false });
  const { tokenizer } = model.collate;
  await using engine = createOnnxEngine(threads === undefined ? {} : { threads });
  return await storageErrors(engine, {
    model,
    profiles: [tokens, Math.ceil(tokens / 2)].map((count) =>
      servedUser(count, { tokenizer, fixedTokens }),
    ),
    queries: askedQueries(5, { tokens: query, tokenizer }),
  });
}

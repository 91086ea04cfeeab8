import { createOnnxEngine } from '@q-anchor/backend';
import { createEmbedder, type PrefixCache } from '@q-anchor/dual-tower';
import type { TensorData } from '@q-anchor/graph';
import { encodePrefixes } from '@q-anchor/prompt-tuning';
import { afterAll, describe, expect, test } from 'vitest';

import { lora, query, relativeError, simulatedUsers, tinyModel } from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const { profiles } = simulatedUsers(1, { count: 9 });

/** A prompt that is the embedding of a token, so that it can be said in words too. */
const promptOf = (rows: readonly (readonly number[])[]) =>
  ({
    dtype: 'float32',
    shape: [rows.length, rows[0]!.length],
    data: Float32Array.from(rows.flat()),
  }) as const;

describe.each([
  ['plain', tinyModel()],
  ['with adapters', tinyModel(3, { lora })],
])('%s', async (_, model) => {
  const { width } = model.config.decoder;
  const table = model.parameters['model.embed_tokens.weight']!.data as Float32Array;
  const rowOf = (id: number): number[] => [...table.subarray(id * width, (id + 1) * width)];
  const { tokenizer } = model.collate;
  const store = await encodePrefixes(engine, { model, profiles: [profiles], batchUsers: 4 });
  const embedder = await createEmbedder(engine, model);
  const embedded = (
    cache: PrefixCache,
    { query: text, prompts }: { query: string; prompts: TensorData },
  ) => embedder.embedCached(cache, [text], { prompts });

  test('stored prefixes give what re-encoding them gives', async () => {
    const prompts = promptOf([0, 1, 2, 3, 4, 5].map((k) => rowOf(40 + 7 * k)));
    const chosen = [7, 0, 3, 8, 3];
    const stored = await embedded(store.batch(chosen), { query, prompts });
    const again = await embedder.encode(chosen.map((index) => profiles[index]!));
    expect(relativeError(stored, await embedded(again, { query, prompts }))).toBeLessThan(1e-5);
  });

  test('prompts that are tokens equal those tokens in the query, read in full', async () => {
    const ids = tokenizer.encode(query);
    const prompts = promptOf(ids.slice(0, 3).map(rowOf));
    const rest = tokenizer.decode(ids.slice(3));
    expect([...ids.slice(0, 3), ...tokenizer.encode(rest)]).toEqual(ids);
    const full = await embedder.embed(profiles, [query]);
    const cache = store.batch([...profiles.keys()]);
    const prompted = await embedded(cache, { query: rest, prompts });
    expect(relativeError(prompted, full)).toBeLessThan(1e-5);
  });

  test('one prefix serves any prompt: none leaves a trace', async () => {
    const cache = store.batch([2, 5]);
    const asked = { query, prompts: promptOf([rowOf(10), rowOf(20)]) };
    const first = await embedded(cache, asked);
    await embedded(cache, { query: '', prompts: promptOf([rowOf(30)]) });
    expect(await embedded(cache, asked)).toEqual(first);
  });
});

describe('the store', async () => {
  const model = tinyModel();

  test('users of several batches stand in their order; padding is not kept', async () => {
    const progress: number[] = [];
    const store = await encodePrefixes(engine, {
      model,
      profiles: [profiles.slice(0, 5), profiles.slice(5)],
      batchUsers: 2,
      onProgress: (done) => progress.push(done),
    });
    expect(progress).toEqual([2, 4, 5, 7, 9]);
    const { prefixLengths } = store.batch([...profiles.keys()]);
    // User, one modality, two markers, and an event each.
    expect(prefixLengths).toEqual(profiles.map(({ events }) => 4 + events['bill']!.length));
    const tokens = prefixLengths.reduce((sum, length) => sum + length, 0);
    const { layers, keyValueHeads, headSize } = model.config.decoder;
    expect(store.bytes).toBe(tokens * layers * 2 * keyValueHeads * headSize * 4);
  });

  test('more than the memory allowed is refused', async () => {
    const running = encodePrefixes(engine, { model, profiles: [profiles], maxBytes: 3000 });
    await expect(running).rejects.toThrow(/at most 0 MiB.*Take fewer users/s);
  });

  test('a signal stops it', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(encodePrefixes(engine, { model, profiles: [profiles], signal })).rejects.toThrow(
      'enough',
    );
  });
});

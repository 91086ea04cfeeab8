import { createOnnxEngine } from '@q-anchor/backend';
import { createTextReader, verbalisedProfile } from '@q-anchor/baselines';
import { InputError, type UserProfile } from '@q-anchor/core';
import { createEmbedder, endOfText } from '@q-anchor/dual-tower';
import { afterAll, describe, expect, it } from 'vitest';

import { lora, madeUsers, relativeError, tinyModel } from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const model = tinyModel();
const { profiles } = madeUsers(2, { count: 7 });

describe('createTextReader', () => {
  it.each(['mean', 'last'] as const)('gives %s rows that no neighbour changes', async (pooling) => {
    await using reader = await createTextReader(engine, { ...model, pooling, maxTokens: 100 });
    const all = await reader.embed(profiles);
    expect(all).toHaveLength(profiles.length * 16);
    for (const [i, profile] of profiles.entries()) {
      const own = all.subarray(i * 16, (i + 1) * 16);
      expect(Math.hypot(...own)).toBeCloseTo(1, 5);
      expect(relativeError(await reader.embed([profile]), own)).toBeLessThan(1e-5);
    }
  });

  it('reads the text: the last token is what a longer text of it ends in', async () => {
    // A causal decoder: with a limit that cuts behind the same tokens, later events change nothing.
    await using reader = await createTextReader(engine, { ...model, maxTokens: 12 });
    const other = { ...profiles[0]!, events: { ...profiles[0]!.events, app: [] } };
    const encode = (text: string): readonly number[] => model.collate.tokenizer.encode(text);
    const idsOf = (one: UserProfile): readonly number[] =>
      verbalisedProfile(one, { config: model.config.users, encode, maxTokens: 12 }).ids;
    expect(idsOf(other)).toEqual(idsOf(profiles[0]!));
    expect(await reader.embed([other])).toEqual(await reader.embed([profiles[0]!]));
    await using whole = await createTextReader(engine, { ...model, maxTokens: 200 });
    const [a, b] = [await whole.embed([other]), await whole.embed([profiles[0]!])];
    expect(relativeError(a, b)).toBeGreaterThan(1e-3);
  });

  it('pools as told: end token or mean', async () => {
    expect(model.collate.tokenizer.specialId(endOfText)).toBeGreaterThanOrEqual(0);
    await using mean = await createTextReader(engine, model);
    await using last = await createTextReader(engine, { ...model, pooling: 'last' });
    const [a, b] = [await mean.embed(profiles), await last.embed(profiles)];
    expect(relativeError(a, b)).toBeGreaterThan(1e-2);
  });

  it('leaves adapters out', async () => {
    const adapted = tinyModel(3, { lora });
    const trained = Object.fromEntries(
      Object.entries(adapted.parameters).map(([name, tensor]) => [
        name,
        name.includes('lora')
          ? { ...tensor, data: (tensor.data as Float32Array).map(() => 0.3) }
          : tensor,
      ]),
    );
    await using before = await createTextReader(engine, adapted);
    await using after = await createTextReader(engine, { ...adapted, parameters: trained });
    expect(await after.embed(profiles)).toEqual(await before.embed(profiles));
    await using embedder = await createEmbedder(engine, { ...adapted, parameters: trained });
    await using untrained = await createEmbedder(engine, adapted);
    expect(await embedder.embed(profiles, [''])).not.toEqual(await untrained.embed(profiles, ['']));
  });

  it('refuses limits it cannot keep, and no users', async () => {
    await expect(createTextReader(engine, { ...model, maxTokens: 1 })).rejects.toThrow(InputError);
    await expect(createTextReader(engine, { ...model, maxTokens: 999 })).rejects.toThrow(
      InputError,
    );
    await using reader = await createTextReader(engine, model);
    await expect(reader.embed([])).rejects.toThrow(InputError);
  });
});

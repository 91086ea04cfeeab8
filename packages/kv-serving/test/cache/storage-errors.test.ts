import { createOnnxEngine } from '@q-anchor/backend';
import { InputError } from '@q-anchor/core';
import { storageErrors } from '@q-anchor/kv-serving';
import { afterAll, expect, test } from 'vitest';

import { drawnProfiles, keyedModel, queries } from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const model = keyedModel();
const profiles = drawnProfiles(2, 12);

test('f32 errs nothing, f16 little, int8 more; each takes its bytes', async () => {
  const found = await storageErrors(engine, {
    model,
    profiles,
    queries,
    storages: ['f32', 'f16', 'int8'],
  });
  const [f32, f16, int8] = found;
  expect(found.map(({ storage }) => storage)).toEqual(['f32', 'f16', 'int8']);
  expect(f32).toMatchObject({ largestRelativeError: 0, agreement: { count: 36 } });
  expect(f32!.agreement.worst).toBeCloseTo(1, 6);
  // The README says so.
  expect(f16!.largestRelativeError).toBeGreaterThan(1e-6);
  expect(f16!.largestRelativeError).toBeLessThan(3e-3);
  expect(int8!.largestRelativeError).toBeGreaterThan(f16!.largestRelativeError);
  expect(int8!.largestRelativeError).toBeLessThan(3e-2);
  for (const { agreement, largestRelativeError } of found) {
    // Rows have length 1: half the squared distance is what the cosine lacks.
    expect(1 - agreement.worst).toBeCloseTo(largestRelativeError ** 2 / 2, 6);
  }
  const { layers, keyValueHeads, headSize } = model.config.decoder;
  const numbers = 2 * layers * keyValueHeads * headSize;
  expect(f32!.bytesPerToken).toBe(4 * numbers + 16);
  expect(f16!.bytesPerToken).toBe(2 * numbers + 16);
  expect(int8!.bytesPerToken).toBeGreaterThan(numbers + 16);
});

test('no user is bad input, and an aborted signal ends it', async () => {
  await expect(storageErrors(engine, { model, profiles: [], queries })).rejects.toThrow(InputError);
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(storageErrors(engine, { model, profiles, queries, signal })).rejects.toThrow(
    'enough',
  );
});

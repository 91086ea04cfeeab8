import { createOnnxEngine } from '@q-anchor/backend';
import { createMeanEvents } from '@q-anchor/baselines';
import { InputError } from '@q-anchor/core';
import {
  encoderNames,
  tabularFeatures,
  textNames,
  timeFeatures,
  valueFeatures,
} from '@q-anchor/user-tokens';
import { afterAll, describe, expect, it } from 'vitest';

import { madeUsers, relativeError, tinyModel } from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const model = tinyModel();
const { profiles } = madeUsers(2, { count: 9 });
const width = model.config.users.eventWidth;

/** `W x`, of a matrix by name. */
function product(name: string, x: ArrayLike<number>): number[] {
  const { shape, data } = model.parameters[name]!;
  const [rows, columns] = shape as [number, number];
  return Array.from({ length: rows }, (_, r) => {
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += Number(data[r * columns + c]) * x[c]!;
    return sum;
  });
}

describe('createMeanEvents', () => {
  it('is the mean of text, age and value embeddings by modality, and the profile’s', async () => {
    await using means = await createMeanEvents(engine, model);
    expect(means.dimensions).toBe(3 * width);
    const actual = await means.embed(profiles);
    const { tokenizer, valueScales, tabular } = model.collate;
    const table = model.parameters[textNames.table]!;
    const textOf = (text: string): number[] => {
      const ids = tokenizer.encode(text).slice(0, 8);
      return Array.from({ length: width }, (_, c) => {
        let sum = 0;
        for (const id of ids) sum += Number(table.data[id * width + c]);
        return sum / ids.length;
      });
    };
    const expected = profiles.flatMap((profile) => [
      ...model.config.users.modalities.flatMap(({ name, maxEvents }) => {
        const events = profile.events[name]!.slice(-maxEvents);
        const mean = Array.from({ length: width }, () => 0);
        for (const { text, timeDays, value } of events) {
          const parts = [
            textOf(text),
            product(encoderNames.time(name), timeFeatures(profile.referenceDays - timeDays, 30)),
            product(encoderNames.value(name), valueFeatures(value, valueScales[name])),
          ];
          for (const part of parts) {
            for (const [c, x] of part.entries()) mean[c]! += x / events.length;
          }
        }
        return mean;
      }),
      ...product(encoderNames.tabularWeight, tabularFeatures(profile.tabular, tabular)).map(
        (x, c) => x + Number(model.parameters[encoderNames.tabularBias]!.data[c]),
      ),
    ]);
    expect(relativeError(actual, expected)).toBeLessThan(1e-5);
  });

  it('depends neither on the batch nor on the order of users', async () => {
    await using means = await createMeanEvents(engine, model);
    await using small = await createMeanEvents(engine, { ...model, batchUsers: 2 });
    const all = await means.embed(profiles);
    expect(relativeError(await small.embed(profiles), all)).toBeLessThan(1e-6);
    const last = await means.embed([profiles[8]!]);
    expect(relativeError(last, all.subarray(8 * means.dimensions))).toBeLessThan(1e-6);
  });

  it('is zero where a modality has no events', async () => {
    await using means = await createMeanEvents(engine, model);
    const empty = { ...profiles[0]!, events: { app: profiles[0]!.events['app']! } };
    const row = await means.embed([empty]);
    expect(row.subarray(0, width).every((x) => x === 0)).toBe(true);
    expect(row.subarray(width, 2 * width).some((x) => x !== 0)).toBe(true);
  });

  it('refuses no users', async () => {
    await using means = await createMeanEvents(engine, model);
    await expect(means.embed([])).rejects.toThrow(InputError);
  });
});

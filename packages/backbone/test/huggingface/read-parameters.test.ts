import { describe, expect, test } from 'vitest';

import { openModelDirectory, readParameters, type TensorSource } from '@q-anchor/backbone';
import type { TensorData } from '@q-anchor/graph';

import { tinyModel, writeTinyModel } from './support/tiny-directory.js';

/** Bytes of a tensor's values, to compare NaN and zeros by their bits. */
const bytesOf = ({ data }: TensorData): Buffer =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength);

describe('readParameters', () => {
  test.each(['F32', 'F16', 'BF16'] as const)(
    '%s: shards and one file give the same bits',
    async (float32As) => {
      const read = async (shards: number) => {
        await using model = await openModelDirectory(
          await writeTinyModel(tinyModel('qwen2'), { shards, float32As }),
        );
        return await readParameters(model.weights, model.parameters);
      };
      const [single, sharded] = [await read(1), await read(3)];
      expect(Object.keys(sharded)).toEqual(Object.keys(single));
      for (const [name, tensor] of Object.entries(single)) {
        expect(bytesOf(sharded[name]!).equals(bytesOf(tensor))).toBe(true);
        expect(tensor.dtype).toBe('float32');
      }
    },
  );

  test('as stored: halves keep their bits', async () => {
    const directory = await writeTinyModel(tinyModel('qwen3'), { float32As: 'F16' });
    await using model = await openModelDirectory(directory);
    const stored = await readParameters(model.weights, model.parameters, { as: 'stored' });
    for (const [name, tensor] of Object.entries(stored)) {
      expect(tensor.dtype).toBe('float16');
      expect(bytesOf(tensor)).toEqual(Buffer.from(await model.weights.readBytes(name)));
    }
  });

  test('reads one tensor at a time, each once, and stops when told', async () => {
    await using model = await openModelDirectory(await writeTinyModel(tinyModel('qwen2')));
    const total = Object.keys(model.parameters).length;
    let reading = 0;
    const order: string[] = [];
    const watched: TensorSource = {
      ...model.weights,
      async readFloat32(name) {
        reading++;
        expect(reading).toBe(1);
        const values = await model.weights.readFloat32(name);
        reading--;
        order.push(name);
        return values;
      },
    };
    const seen: [number, number][] = [];
    await readParameters(watched, model.parameters, {
      onProgress: (done, all) => seen.push([done, all]),
    });
    expect(order).toEqual(Object.keys(model.parameters));
    expect(seen.at(-1)).toEqual([total, total]);

    const controller = new AbortController();
    order.length = 0;
    const stopped = readParameters(watched, model.parameters, {
      signal: controller.signal,
      onProgress: (done) => done === 2 && controller.abort(),
    });
    await expect(stopped).rejects.toThrow(/abort/);
    expect(order).toHaveLength(2);
  });

  test('a range of a tensor’s bytes', async () => {
    const directory = await writeTinyModel(tinyModel('qwen2'), { shards: 2 });
    await using model = await openModelDirectory(directory);
    const name = 'model.embed_tokens.weight';
    const whole = await model.weights.readBytes(name);
    const part = await model.weights.readBytes(name, { start: 5, end: 105 });
    expect(part).toEqual(whole.slice(5, 105));
    expect(await model.weights.readBytes(name, { start: 7, end: 7 })).toHaveLength(0);
    for (const [start, end] of [
      [-1, 3],
      [4, 3],
      [0, whole.length + 1],
      [Number.NaN, 1],
    ] as const) {
      await expect(model.weights.readBytes(name, { start, end })).rejects.toThrow(
        /-of-00002\.safetensors: tensor model\.embed_tokens\.weight: expected a range of its \d+ bytes/,
      );
    }
  });
});

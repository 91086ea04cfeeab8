import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  decoderConfigToJson,
  decoderParameters,
  initialParameters,
  saveTokenizer,
  trainTokenizer,
  writeSafetensors,
  type DecoderConfig,
} from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { loadArgumentsFrom } from '../../src/load/load-arguments.js';
import { loadHere, quantisedFile } from '../../src/load/load-here.js';
import { loadText } from '../../src/load/run-load.js';

const config: DecoderConfig = {
  architecture: 'qwen2',
  vocabularySize: 300,
  width: 32,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headSize: 8,
  feedForwardSize: 64,
  normEpsilon: 1e-6,
  rotaryBase: 10_000,
  tiedEmbeddings: true,
  attentionBias: true,
  maxPositions: 32,
};
const specs = decoderParameters(config);
const values = Object.values(specs)
  .map(({ shape }) => shape.reduce((a, b) => a * b, 1))
  .reduce((a, b) => a + b, 0);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'load-'));
  await writeFile(join(directory, 'config.json'), JSON.stringify(decoderConfigToJson(config)));
  await saveTokenizer(
    trainTokenizer({ texts: ['a b c'], vocabularySize: 270, specialTokens: [] }),
    directory,
  );
});
afterAll(() => rm(directory, { recursive: true }));

const written = (float32As: 'F32' | 'BF16') =>
  writeSafetensors(join(directory, 'model.safetensors'), initialParameters(specs, { seed: 1 }), {
    float32As,
  });

describe('loading', () => {
  test.each(['F32', 'BF16'] as const)('%s is counted as float32', async (storage) => {
    await written(storage);
    const result = await loadHere({ directory, tokens: 20, threads: 1 });
    expect(result.weightMB).toBeCloseTo((4 * values) / 1e6, 6);
    expect(result.peakMB).toBeGreaterThanOrEqual(result.loadedMB);
    expect(result.loadedMB).toBeGreaterThanOrEqual(result.baseMB);
    expect(result.loadSeconds).toBeGreaterThan(0);
    expect(loadText(result)).toMatch(/^prefix +\d+ MB, \d+\.\d\d x the weights/mu);
  });

  test('weights of integers come from a file of their own, which goes away', async () => {
    await written('F32');
    const file = await quantisedFile(directory, 'int8');
    const task = { directory, quantised: file.path, tokens: 20, threads: 1 };
    const { weightMB } = await loadHere(task);
    expect(weightMB).toBeLessThan((2 * 4 * values) / 1e6);
    await file.remove();
    await expect(loadHere(task)).rejects.toThrow(InputError);
  });
});

describe('arguments', () => {
  test('a directory, and options with defaults', () => {
    expect(loadArgumentsFrom(['big'])).toEqual({ directory: 'big', tokens: 717, isJson: false });
    const argv = ['big', '--weights', 'int4', '--tokens', '5', '--threads', '2', '--json'];
    expect(loadArgumentsFrom(argv)).toEqual({
      directory: 'big',
      weights: 'int4',
      tokens: 5,
      threads: 2,
      isJson: true,
    });
  });

  test.each([[[]], [['a', 'b']], [['a', '--weights', 'f16']], [['a', '--tokens', '0']]])(
    '%j is bad input',
    (argv) => {
      expect(() => loadArgumentsFrom(argv)).toThrow(InputError);
    },
  );
});

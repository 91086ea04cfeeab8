import { InputError } from '@q-anchor/core';
import { beforeAll, describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../../packages/core/test/support/temporary-folder.js';
import {
  adapterStepHere,
  type AdapterStepResult,
} from '../../src/adapter-step/adapter-step-here.js';
import {
  adapterStepArgumentsFrom,
  adapterStepText,
} from '../../src/adapter-step/run-adapter-step.js';
import { tokenSplit } from '../../src/adapter-step/step-examples.js';
import { nanoConfig, writeNano } from '../backbone/nano-checkpoint.js';

let directory: string;
beforeAll(async () => {
  directory = await temporaryFolder();
  await writeNano(directory, 'BF16');
});

describe('training steps of adapters', () => {
  const task = { batch: 2, tokens: 61, rank: 2, steps: 4, threads: 1 };

  let result: AdapterStepResult;
  beforeAll(async () => {
    result = await adapterStepHere({ directory, ...task });
  });

  test('the loss of one batch falls; sequences have the tokens asked for', () => {
    expect(result.sequenceTokens).toBe(61);
    expect(result.batchTokens).toBeGreaterThan(2 * 61);
    expect(result.losses).toHaveLength(4);
    expect(result.losses.at(-1)).toBeLessThan(result.losses[0]!);
    expect(result.compiledMB).toBeGreaterThanOrEqual(result.baseMB);
    expect(result.peakMB).toBeGreaterThanOrEqual(result.compiledMB);
    expect(result.stepSeconds).toBeGreaterThan(0);
    expect(adapterStepText(result)).toMatch(/^tokens +61 a user, 39 of them the prefix/mu);
  });

  test('adapters are on all seven projections', async () => {
    const more = await adapterStepHere({ directory, ...task, rank: 5, steps: 1 });
    expect(more.stepSeconds).toBeNull();
    const { width, heads, keyValueHeads, headSize, feedForwardSize, layers } = nanoConfig;
    const [own, shared] = [heads * headSize, keyValueHeads * headSize];
    // Inputs and outputs of q and o, k and v, gate and up and down.
    const sides = 2 * (width + own) + 2 * (width + shared) + 3 * (width + feedForwardSize);
    expect(more.trainedValues - result.trainedValues).toBe(3 * layers * sides);
  });

  test('too few tokens are bad input', async () => {
    await expect(adapterStepHere({ directory, ...task, tokens: 14 })).rejects.toThrow(InputError);
    expect(() => tokenSplit(5, 1)).toThrow(/--tokens/);
    expect(tokenSplit(256, 10)).toEqual({ events: 160, textTokens: 21 });
  });
});

describe('arguments', () => {
  test('a directory, and options with defaults', () => {
    const defaults = { batch: 2, tokens: 256, rank: 64, steps: 3, isJson: false };
    expect(adapterStepArgumentsFrom(['big'])).toEqual({ directory: 'big', ...defaults });
    const argv = ['big', '--batch', '3', '--tokens', '99', '--rank', '8', '--steps', '1', '--json'];
    expect(adapterStepArgumentsFrom([...argv, '--threads', '2'])).toEqual({
      directory: 'big',
      batch: 3,
      tokens: 99,
      rank: 8,
      steps: 1,
      threads: 2,
      isJson: true,
    });
  });

  test.each([[[]], [['a', 'b']], [['a', '--rank', '0']], [['a', '--weights', 'int8']]])(
    '%j is bad input',
    (argv) => {
      expect(() => adapterStepArgumentsFrom(argv)).toThrow(InputError);
    },
  );
});

import { describe, expect, test } from 'vitest';

import { kernelTimesHere, timingHere } from '../../src/measure/measure-here.js';
import { workloadsOf } from '../../src/workloads/default-workloads.js';
import { trainStepShapeFrom } from '../../src/workloads/shape-text.js';
import { scatteredTensor } from '../../src/workloads/tensors.js';
import { prepareTrainStep } from '../../src/workloads/train-step.js';

const trainStep = '2,8,32,2,4,2,101,48';
const query = '2,32,4,2,8,48,10,4,2';

describe('workloads at a tiny shape', () => {
  test('the training step starts at chance and learns its batch', async () => {
    const step = await prepareTrainStep(trainStepShapeFrom(trainStep), { threads: 1 });
    for (let i = 0; i < 100; i++) await step.run();
    await step[Symbol.asyncDispose]();
    // Tied embeddings of deviation 0.02 give logits close to zero: every label is as likely.
    expect(step.losses[0]).toBeCloseTo(Math.log(101), 0);
    expect(step.losses.at(-1)).toBeLessThan(0.5 * step.losses[0]!);
  });

  test.each([
    ['train-step', trainStep],
    ['prefix-query', query],
    ['prefix-query', '2,32,4,2,8,48,0,10,1'],
  ] as const)('%s %s is timed', async (bench, shape) => {
    const [workload] = workloadsOf(bench, [shape]);
    const timing = await timingHere(workload!, { runs: 3, threads: 1 });
    expect(timing.ms).toBeGreaterThan(0);
    expect(timing.peakMB).toBeGreaterThan(10);
  });

  test.each(['int8', 'int4'] as const)(
    'a query by %s weights has no product of floats left',
    async (weights) => {
      const [workload] = workloadsOf('prefix-query', [query]);
      const options = { runs: 1, threads: 1, weights };
      const { byOpMs } = await kernelTimesHere(workload!, options);
      expect(Object.keys(byOpMs)).toContain('MatMulNBits');
      expect(Object.keys(byOpMs)).not.toContain('Gemm');
    },
  );

  test('the profile says where the time of a query goes', async () => {
    const [workload] = workloadsOf('prefix-query', [query]);
    const { totalMs, byOpMs } = await kernelTimesHere(workload!, { runs: 2, threads: 1 });
    expect(byOpMs).toMatchObject({ Gemm: expect.any(Number), Softmax: expect.any(Number) });
    const sum = Object.values(byOpMs).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(totalMs, 6);
  });
});

test('tensors of two seeds differ: equal weights would be packed once', () => {
  const of = (seed: number) => [...scatteredTensor([4, 8], { seed, scale: 0.5 }).data].map(Number);
  expect(of(1)).toEqual(of(1));
  expect(of(1)).not.toEqual(of(2));
  expect(Math.max(...of(2).map(Math.abs))).toBeLessThan(0.5);
});

import { expect, test } from 'vitest';

import { createOnnxEngine } from '@q-anchor/backend';
import { contrastiveLoss, defaultContrastive } from '@q-anchor/dual-tower';
import { createGraph, gradients } from '@q-anchor/graph';

/** Two pairs in the plane whose negatives are far away: the loss is close to zero. */
const anchors = [1, 0.02, -1, 0.03];
const answers = [1, 0.01, -1, 0.05];

async function lossAndGradient(dtype: 'float32' | 'float64') {
  await using engine = createOnnxEngine();
  const graph = createGraph();
  const [u, v] = ['u', 'v'].map((name) => graph.input(name, ['pairs', 2], dtype));
  const loss = contrastiveLoss({ anchors: u!, answers: v! }, defaultContrastive);
  graph.output('loss', loss);
  graph.output('gradient', gradients(loss, [u!])[0]!);
  await using program = await engine.compile(graph);
  const array = dtype === 'float32' ? Float32Array : Float64Array;
  const feed = (values: number[]) => ({ dtype, shape: [2, 2], data: array.from(values) });
  const result = await program.run({ u: feed(anchors), v: feed(answers) });
  return {
    loss: Number(result['loss']!.data[0]),
    gradient: Array.from(result['gradient']!.data, Number),
  };
}

test('a loss near zero keeps its digits in float32', async () => {
  const [single, double] = [await lossAndGradient('float32'), await lossAndGradient('float64')];
  expect(double.loss).toBeGreaterThan(0);
  expect(double.loss).toBeLessThan(1e-10);
  expect(Math.abs(single.loss / double.loss - 1)).toBeLessThan(1e-4);
  const norm = (values: number[]) => Math.hypot(...values);
  const difference = single.gradient.map((value, i) => value - double.gradient[i]!);
  expect(norm(difference) / norm(double.gradient)).toBeLessThan(1e-3);
});

import { expect, test } from 'vitest';

import { createEngine } from '@q-anchor/backend';
import { createGraph, gradients, multiply, reduceMean, subtract } from '@q-anchor/graph';

test('the example of the README runs', async () => {
  const graph = createGraph();
  const [x, y] = [graph.input('x', ['n']), graph.input('y', ['n'])];
  const w = graph.input('w', [1]);
  const error = subtract(multiply(w, x), y);
  const loss = reduceMean(multiply(error, error));
  const [gradient] = gradients(loss, [w]);
  graph.output('loss', loss);
  graph.output('next', subtract(w, multiply(gradient!, 0.1)));

  await using engine = await createEngine({ device: 'cpu', worker: true });
  await using state = await engine.createState({
    w: { dtype: 'float32', shape: [1], data: Float32Array.of(0) },
  });
  await using step = await engine.compile(graph, { name: 'step', state, updates: { next: 'w' } });
  for (let i = 0; i < 50; i++) {
    await step.run({
      x: { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) },
      y: { dtype: 'float32', shape: [2], data: Float32Array.of(3, 6) },
    });
  }
  const { w: fitted } = await state.read(['w']);
  expect(fitted!.data[0]).toBeCloseTo(3, 5);
});

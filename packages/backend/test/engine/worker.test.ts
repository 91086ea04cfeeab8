import { createEngine } from '@q-anchor/backend';
import { add, createGraph } from '@q-anchor/graph';
import { expect, test } from 'vitest';

test('smoke', async () => {
  const t = performance.now();
  await using engine = await createEngine({ worker: true, threads: 1 });
  process.stderr.write(`start ${performance.now() - t}\n`);
  const g = createGraph();
  const x = g.input('x', ['n']);
  g.output('y', add(x, x));
  await using p = await engine.compile(g);
  const r = await p.run({ x: { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) } });
  expect([...(r['y']!.data as Float32Array)]).toEqual([2, 4]);
  expect(await engine.liveCounts()).toEqual({ programs: 1, states: 0, stateBytes: 0 });
});

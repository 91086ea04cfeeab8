import { expect, test } from 'vitest';

import { createOnnxEngine } from '@q-anchor/backend';

import { layerCases } from './cases/layers.js';
import { productCases } from './cases/products.js';
import { shapeCases } from './cases/shapes.js';
import { buildCase } from './support/op-case.js';

const composed = [...layerCases, ...productCases, ...shapeCases].filter(({ op }) =>
  ['attention', 'linearCrossEntropy', 'layerNorm', 'rmsNorm', 'gather', 'scatterAdd'].includes(op),
);

test.each(composed.map((opCase) => [`${opCase.op}: ${opCase.use}`, opCase] as const))(
  'same bits twice: %s',
  async (_name, opCase) => {
    const run = async (times: number) => {
      const { graph, feeds } = buildCase(opCase, { dtype: 'float32', withGradients: true });
      await using engine = createOnnxEngine({ threads: 2 });
      await using program = await engine.compile(graph);
      let outputs = await program.run(feeds);
      for (let i = 1; i < times; i++) outputs = await program.run(feeds);
      return outputs;
    };
    // Another session and another run of it.
    expect(await run(3)).toEqual(await run(1));
  },
);

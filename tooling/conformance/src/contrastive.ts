import { contrastiveLoss, normalised, type ContrastiveConfig } from '@q-anchor/dual-tower';
import {
  add,
  cast,
  createGraph,
  gradients,
  greater,
  matmul,
  maximum,
  multiply,
  reduceSum,
  type FloatDType,
} from '@q-anchor/graph';
import type { Engine } from '@q-anchor/backend';

import { comparisonRow, type Pair } from './compare.js';
import { readGolden, type Golden } from './golden.js';
import { numbersOf, precisions, tensorOf } from './precision.js';
import type { Family } from './family.js';
import type { Row } from './result.js';

const variants = ['paper', 'release'] as const;

/** Both contrastive losses, their gradients, and the paper's mask. */
export const contrastive: Family = {
  name: 'contrastive',
  files: ['contrastive.json'],
  async rows({ directory, engine }) {
    const cases = (await readGolden(directory, 'contrastive.json')).at('cases').list();
    const rows: Row[] = [];
    for (const variant of variants) {
      for (const precision of precisions) {
        const losses: Pair[] = [];
        const slopes: Pair[] = [];
        for (const [i, golden] of cases.entries()) {
          const ours = await computed(engine, { golden, variant, dtype: precision.dtype });
          const expected = (key: string): readonly number[] =>
            golden.at(variant).at(key).tensor().values;
          const pair = (key: keyof typeof ours): Pair => ({
            label: `case ${i} ${key}`,
            actual: ours[key],
            expected: expected(key),
          });
          losses.push(pair('loss'));
          slopes.push(pair('grad_u'), pair('grad_v'));
        }
        const name = (quantity: string): string =>
          `contrastive ${variant} ${quantity} ${precision.name}`;
        rows.push(
          comparisonRow(name('loss'), { pairs: losses, tolerance: precision.values }),
          comparisonRow(name('gradients'), { pairs: slopes, tolerance: precision.gradients }),
        );
      }
    }
    const masks: Pair[] = [];
    for (const [i, golden] of cases.entries()) {
      masks.push({
        label: `case ${i}`,
        actual: await computedMask(engine, golden),
        expected: golden.at('paper').at('mask').tensor().values,
      });
    }
    return [...rows, comparisonRow('contrastive paper mask f64', { pairs: masks, tolerance: 0 })];
  },
};

const feedsOf = (golden: Golden, dtype: FloatDType) => ({
  u: tensorOf(dtype, golden.at('u').tensor()),
  v: tensorOf(dtype, golden.at('v').tensor()),
});

async function computed(
  engine: Engine,
  options: {
    readonly golden: Golden;
    readonly variant: ContrastiveConfig['variant'];
    readonly dtype: FloatDType;
  },
): Promise<Readonly<Record<'loss' | 'grad_u' | 'grad_v', readonly number[]>>> {
  const { golden, variant, dtype } = options;
  const feeds = feedsOf(golden, dtype);
  const graph = createGraph();
  const anchors = graph.input('u', feeds.u.shape, dtype);
  const answers = graph.input('v', feeds.v.shape, dtype);
  const loss = contrastiveLoss(
    { anchors, answers },
    {
      variant,
      temperature: golden.at('temperature').number(),
      margin: golden.at('margin').number(),
      maskEqualAnswers: false,
    },
  );
  const [towardsU, towardsV] = gradients(loss, [anchors, answers]);
  graph.output('loss', loss);
  graph.output('grad_u', towardsU!);
  graph.output('grad_v', towardsV!);
  await using program = await engine.compile(graph);
  const outputs = await program.run(feeds);
  return {
    loss: numbersOf(outputs['loss']!),
    grad_u: numbersOf(outputs['grad_u']!),
    grad_v: numbersOf(outputs['grad_v']!),
  };
}

/** The rule of Eq 5 by itself, which the loss keeps inside: 1 where pair j is a negative of i. */
async function computedMask(engine: Engine, golden: Golden): Promise<readonly number[]> {
  const feeds = feedsOf(golden, 'float64');
  const graph = createGraph();
  const u = normalised(graph.input('u', feeds.u.shape, 'float64'));
  const v = normalised(graph.input('v', feeds.v.shape, 'float64'));
  const cosines = (a: typeof u): typeof u => matmul([u, a], { transposeB: true });
  const positives = reduceSum(multiply(u, v), { axes: [-1], keepDimensions: true });
  const limit = add(positives, golden.at('margin').number());
  const isFalse = greater(maximum(cosines(u), cosines(v)), limit);
  graph.output('false negatives', cast(isFalse, 'float64'));
  await using program = await engine.compile(graph);
  const falseNegatives = numbersOf((await program.run(feeds))['false negatives']!);
  const pairs = feeds.u.shape[0]!;
  return falseNegatives.map((isMasked, at) =>
    isMasked === 1 || Math.floor(at / pairs) === at % pairs ? 0 : 1,
  );
}

import type { Engine } from '@q-anchor/backend';
import {
  arrayFrom,
  createGraph,
  gradients,
  type FloatDType,
  type TensorData,
} from '@q-anchor/graph';
import { prototypeLoss } from '@q-anchor/prompt-tuning';

import { comparisonRow, type Pair } from './compare.js';
import type { Family } from './family.js';
import { readGolden, type Golden } from './golden.js';
import { numbersOf, precisions, tensorOf } from './precision.js';
import type { Row } from './result.js';

const similarities = [
  ['cosine', 'cosine'],
  ['inner_product', 'innerProduct'],
] as const;

/** The prototype loss of prompt tuning and its gradients, by both similarities. */
export const prototypical: Family = {
  name: 'prototypical',
  files: ['prototypical.json'],
  async rows({ directory, engine }) {
    const cases = (await readGolden(directory, 'prototypical.json')).at('cases').list();
    const rows: Row[] = [];
    for (const [key, similarity] of similarities) {
      for (const { dtype, name, values, gradients: slopeTolerance } of precisions) {
        const losses: Pair[] = [];
        const slopes: Pair[] = [];
        for (const [i, golden] of cases.entries()) {
          const ours = await computed(engine, { golden, similarity, dtype });
          const pair = (quantity: keyof typeof ours): Pair => ({
            label: `case ${i} ${quantity}`,
            actual: ours[quantity],
            expected: golden.at(key).at(quantity).tensor().values,
          });
          losses.push(pair('loss'));
          slopes.push(pair('grad_embeddings'), pair('grad_prototypes'));
        }
        const row = `prototypical ${key.replace('_', ' ')}`;
        rows.push(
          comparisonRow(`${row} loss ${name}`, { pairs: losses, tolerance: values }),
          comparisonRow(`${row} gradients ${name}`, { pairs: slopes, tolerance: slopeTolerance }),
        );
      }
    }
    return rows;
  },
};

async function computed(
  engine: Engine,
  options: {
    readonly golden: Golden;
    readonly similarity: (typeof similarities)[number][1];
    readonly dtype: FloatDType;
  },
): Promise<Readonly<Record<'loss' | 'grad_embeddings' | 'grad_prototypes', readonly number[]>>> {
  const { golden, similarity, dtype } = options;
  const feeds = {
    embeddings: tensorOf(dtype, golden.at('embeddings').tensor()),
    prototypes: tensorOf(dtype, golden.at('prototypes').tensor()),
    labels: tensorOf('int64', golden.at('labels').tensor()),
  };
  const graph = createGraph();
  const embeddings = graph.input('embeddings', feeds.embeddings.shape, dtype);
  const prototypes = graph.input('prototypes', feeds.prototypes.shape, dtype);
  const loss = prototypeLoss(
    {
      embeddings,
      prototypes,
      prototypeClasses: graph.constant(classNumbers(feeds.prototypes.shape[0]!)),
      labels: graph.input('labels', feeds.labels.shape, 'int64'),
    },
    { temperature: golden.at('temperature').number(), similarity },
  );
  const [towardsEmbeddings, towardsPrototypes] = gradients(loss, [embeddings, prototypes]);
  graph.output('loss', loss);
  graph.output('grad_embeddings', towardsEmbeddings!);
  graph.output('grad_prototypes', towardsPrototypes!);
  await using program = await engine.compile(graph);
  const outputs = await program.run(feeds);
  return {
    loss: numbersOf(outputs['loss']!),
    grad_embeddings: numbersOf(outputs['grad_embeddings']!),
    grad_prototypes: numbersOf(outputs['grad_prototypes']!),
  };
}

/** One prototype a class, as in the golden. */
const classNumbers = (count: number): TensorData => ({
  dtype: 'int64',
  shape: [count],
  data: arrayFrom(
    'int64',
    Array.from({ length: count }, (_, k) => k),
  ),
});

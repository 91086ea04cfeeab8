import type { EvaluationFileProjection } from '../../evaluate/evaluation-file.js';
import type { PanelResult, PointChart } from '../model.js';
import type { RunSource } from '../read/run-source.js';
import { rowLabel } from '../row-labels.js';
import { missingEvaluation } from './missing.js';

/** Embeddings of test users in the plane, before and after tuning. */
export function projectionsPanel(run: RunSource): PanelResult {
  const { evaluation, source } = run;
  if (!evaluation) return missingEvaluation('Embeddings in the plane', run);
  const all = Object.entries(evaluation.scenarios).flatMap(([scenario, { projections }]) =>
    projections.map((projection) => ({ scenario, projection })),
  );
  if (all.length === 0) {
    return {
      title: 'Embeddings in the plane',
      reason: 'the evaluation projected nobody, or too few users',
      command: `q-anchor evaluate ${source} --data DATASET --projected-users 300`,
    };
  }
  const isTuned = all.some(({ projection }) => projection.row !== 'query');
  return {
    id: 'projections',
    title: 'Embeddings in the plane',
    text: [
      'The same test users in every picture of a scenario. Axes of PCA are those of each picture itself; ' +
        't-SNE keeps neighbours together, and its distances between groups mean little. Separation is ' +
        'measured on the embeddings, not on the pictures.',
      ...(isTuned
        ? ['“Query” is before tuning, “Prompt-tuned” and “Adapter-tuned” after.']
        : [
            `No scenario was tuned: q-anchor tune ${source} --data DATASET --scenario NAME, then evaluate.`,
          ]),
    ],
    tables: [
      {
        caption: 'Separation of the classes in the embeddings',
        columns: [
          { title: 'Scenario' },
          { title: 'Row' },
          { title: 'Users', digits: 0 },
          { title: 'Dimensions', digits: 0 },
          { title: 'Share of variance between classes', digits: 4 },
          { title: 'Silhouette', digits: 4 },
        ],
        rows: all.map(({ scenario, projection }) => [
          scenario,
          rowLabel(projection.row),
          projection.labels.length,
          projection.dimensions,
          projection.betweenShare,
          projection.silhouette,
        ]),
      },
    ],
    charts: all.flatMap(({ scenario, projection }) => chartsOf(scenario, projection)),
  };
}

function chartsOf(scenario: string, projection: EvaluationFileProjection): readonly PointChart[] {
  const { row, labels, pca, tsne, explained } = projection;
  const percent = (axis: number): string => `${(100 * (explained[axis] ?? 0)).toFixed(0)} %`;
  const chart = (
    way: 'PCA' | 't-SNE',
    options: {
      readonly points: readonly (readonly [number, number])[];
      readonly xTitle: string;
      readonly yTitle: string;
    },
  ): PointChart => ({
    kind: 'points',
    id: `${way === 'PCA' ? 'pca' : 'tsne'}-${scenario}-${row}`,
    title: `${scenario}, ${rowLabel(row).toLowerCase()}: ${way}`,
    description: `Embeddings of ${labels.length} test users in the plane by ${way}, positives and negatives of the scenario by marker.`,
    size: 'half',
    xTitle: options.xTitle,
    yTitle: options.yTitle,
    series: [
      { name: 'negative', label: 0, style: 1 },
      { name: 'positive', label: 1, style: 0 },
    ].map(({ name, label, style }) => ({
      name,
      style,
      points: options.points.filter((_, i) => labels[i] === label),
    })),
  });
  return [
    chart('PCA', {
      points: pca,
      xTitle: `axis 1, ${percent(0)} of the variance`,
      yTitle: `axis 2, ${percent(1)}`,
    }),
    ...(tsne ? [chart('t-SNE', { points: tsne, xTitle: '', yTitle: '' })] : []),
  ];
}

import { delongComparison } from '@q-anchor/metrics';

import { scoreCurves } from './curves.js';
import type { ScenarioEvaluation } from './evaluate-scenarios.js';
import type { EvaluationFileScenario } from './evaluation-file.js';
import { scenarioProjections, type ProjectionOptions } from './projections.js';

/** Below this many users of a class a variance of an AUC can't be told. */
const leastOfClass = 2;

/**
 * What a report shows of scenarios beyond their table: curves, paired tests of every two rows, and
 * embeddings in the plane.
 *
 * @param evaluations - rows with the scores of their test users
 * @param options - the sample that is laid out, and the tokens of the questions
 */
export async function evaluationDetails(
  evaluations: readonly ScenarioEvaluation[],
  options: {
    readonly projection: ProjectionOptions;
    readonly tokensOf: (question: string) => number;
    readonly onProgress: (done: number, total: number) => void;
  },
): Promise<Readonly<Record<string, EvaluationFileScenario>>> {
  const details: Record<string, EvaluationFileScenario> = {};
  for (const [index, evaluation] of evaluations.entries()) {
    const { scenario, rows } = evaluation;
    const labels = scenario.labels.flatMap(({ split, label }) => (split === 'test' ? label : []));
    const positives = labels.filter((label) => label === 1).length;
    const queryTokens = scenario.queries.reduce((sum, one) => sum + options.tokensOf(one), 0);
    details[scenario.name] = {
      domain: scenario.domain,
      queries: [...scenario.queries],
      queryTokens,
      users: labels.length,
      positives,
      knownUsers: scenario.labels.length - labels.length,
      rows: Object.fromEntries(
        Object.entries(rows).map(([name, row]) => [
          name,
          {
            auc: row.auc,
            aucInterval: [...row.aucInterval],
            ks: row.ks,
            ksInterval: [...row.ksInterval],
            ...(row.strength !== undefined && { strength: row.strength }),
            ...scoreCurves({ labels, scores: row.scores }),
          },
        ]),
      ),
      comparisons: comparisonsOf(rows, labels),
      projections: [...(await scenarioProjections(evaluation, options.projection))],
    };
    options.onProgress(index + 1, evaluations.length);
  }
  return details;
}

function comparisonsOf(
  rows: ScenarioEvaluation['rows'],
  labels: readonly number[],
): EvaluationFileScenario['comparisons'] {
  const positives = labels.filter((label) => label === 1).length;
  if (Math.min(positives, labels.length - positives) < leastOfClass) return [];
  const entries = Object.entries(rows);
  return entries.flatMap(([row, { scores }], i) =>
    entries.slice(i + 1).map(([other, { scores: otherScores }]) => {
      const { difference, interval, pValue } = delongComparison({ labels, scores, otherScores });
      return { row, other, difference, interval: [...interval], pValue };
    }),
  );
}

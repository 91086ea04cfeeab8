import type { EvaluationFile } from '../evaluate/evaluation-file.js';
import { orderedRows } from './row-labels.js';

/** Names of an evaluation's rows, in the order they are shown. */
export const evaluatedRows = ({
  scenarios,
}: Pick<EvaluationFile, 'scenarios'>): readonly string[] =>
  orderedRows(Object.values(scenarios).flatMap(({ rows }) => Object.keys(rows)));

/**
 * Mean AUC or KS of a row over scenarios; nothing where one of them lacks it.
 *
 * @param evaluation - scenarios
 * @param options - the row, the measure, and which scenarios (default: all)
 */
export function averageOf(
  { scenarios }: Pick<EvaluationFile, 'scenarios'>,
  options: {
    readonly row: string;
    readonly measure: 'auc' | 'ks';
    readonly names?: readonly string[];
  },
): number | undefined {
  const { row, measure, names = Object.keys(scenarios) } = options;
  const values = names.flatMap((name) => scenarios[name]?.rows[row]?.[measure] ?? []);
  if (values.length < names.length || values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

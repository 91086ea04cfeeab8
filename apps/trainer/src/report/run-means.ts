import { averageOf } from './averages.js';
import type { MeasuredCell } from './model.js';
import type { RunSource } from './read/run-source.js';

/**
 * Mean AUC or KS of a row of a run over its scenarios, with its interval where the evaluation has one;
 * nothing where it was not evaluated or a scenario lacks the row.
 *
 * @param run - the run, if there is one
 * @param options - row, measure, and which scenarios: all of the run by default
 */
export function runMean(
  run: RunSource | undefined,
  options: {
    readonly row: string;
    readonly measure: 'auc' | 'ks';
    readonly names?: readonly string[];
  },
): MeasuredCell | null {
  const { row, measure, names } = options;
  const evaluation = run?.evaluation;
  if (!evaluation) return null;
  const whole = Object.keys(evaluation.scenarios);
  const isWhole =
    !names || (names.length === whole.length && whole.every((n) => names.includes(n)));
  const kept = isWhole ? evaluation.averages?.rows[row]?.[measure] : undefined;
  if (kept) return { value: kept.value, interval: kept.interval };
  const value = averageOf(evaluation, { row, measure, ...(names && { names }) });
  return value === undefined ? null : { value };
}

/** The scenarios that a run was evaluated on. */
export const scenariosOf = (run: RunSource | undefined): readonly string[] =>
  Object.keys(run?.evaluation?.scenarios ?? {});

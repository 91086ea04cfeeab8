import { InputError, type UserProfile } from '@q-anchor/core';
import { ks, rocAuc } from '@q-anchor/metrics';

import type { ScenarioEvaluation } from './evaluate-scenarios.js';
import type { RowName } from './rows/row-names.js';

/** How the rows do on the test users of one level of a profile column. */
export interface SliceEvaluation {
  readonly scenario: string;
  readonly level: string;
  readonly users: number;
  readonly positives: number;
  readonly rows: Readonly<Partial<Record<RowName, { readonly auc: number; readonly ks: number }>>>;
}

/**
 * Evaluates the rows by the levels of a profile column. A level without both classes is left out.
 *
 * @throws {@link @q-anchor/core#InputError} if no user has such a column
 */
export function evaluateSlices(
  evaluations: readonly ScenarioEvaluation[],
  options: { readonly column: string; readonly tabular: readonly UserProfile['tabular'][] },
): readonly SliceEvaluation[] {
  const { column, tabular } = options;
  if (!tabular.some((row) => column in row)) {
    throw new InputError({
      where: '--slice',
      expected: `one of the columns ${Object.keys(tabular[0] ?? {}).join(', ')}`,
      found: `"${column}"`,
    });
  }
  return evaluations.flatMap(({ scenario, rows }) => {
    const test = scenario.labels.filter(({ split }) => split === 'test');
    const levels = new Map<string, number[]>();
    for (const [i, { place }] of test.entries()) {
      const level = `${tabular[place]![column] ?? 'unknown'}`;
      const members = levels.get(level);
      if (members) members.push(i);
      else levels.set(level, [i]);
    }
    return [...levels]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([level, members]) => {
        const labels = members.map((i) => test[i]!.label);
        const positives = labels.filter((label) => label === 1).length;
        if (positives === 0 || positives === labels.length) return [];
        const scored = Object.entries(rows).map(([name, { scores }]) => {
          const own = { labels, scores: members.map((i) => scores[i]!) };
          return [name, { auc: rocAuc(own), ks: ks(own) }] as const;
        });
        const users = labels.length;
        return [
          { scenario: scenario.name, level, users, positives, rows: Object.fromEntries(scored) },
        ];
      });
  });
}

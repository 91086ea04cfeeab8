import { holmAdjusted } from '@q-anchor/metrics';

import type { EvaluationFile, EvaluationFileScenario } from '../evaluate/evaluation-file.js';
import { rowRole } from './row-labels.js';

/** One row beside another on a scenario's test users. */
export interface RowComparison {
  readonly scenario: string;
  readonly row: string;
  readonly other: string;
  /** AUC of `row` less that of `other`, its interval, and the paired test. */
  readonly difference: number;
  readonly interval: readonly [number, number];
  readonly pValue: number;
  /** Holm's p value over the scenarios. */
  readonly adjusted: number;
}

/** What a row is compared with. */
export type Opponent = 'bestBaseline' | 'noQuery' | 'query';

/** The paired test of two rows, whichever way round it is kept. */
function pairOf(
  { comparisons }: EvaluationFileScenario,
  { row, other }: { readonly row: string; readonly other: string },
): Omit<RowComparison, 'scenario' | 'adjusted'> | undefined {
  const kept = comparisons.find((one) => one.row === row && one.other === other);
  if (kept) return { ...kept, row, other };
  const turned = comparisons.find((one) => one.row === other && one.other === row);
  if (!turned) return undefined;
  const { difference, interval, pValue } = turned;
  return { row, other, difference: -difference, interval: [-interval[1], -interval[0]], pValue };
}

/** The baseline of the highest test AUC: chosen by hindsight, in its favour. */
export function bestBaseline({ rows }: EvaluationFileScenario): string | undefined {
  const [best] = Object.entries(rows)
    .filter(([name]) => rowRole(name) === 'baseline')
    .toSorted(([, a], [, b]) => b.auc - a.auc);
  return best?.[0];
}

/**
 * A row beside an opponent on every scenario that has both, p values corrected by Holm over the scenarios.
 */
export function comparedRows(
  { scenarios }: Pick<EvaluationFile, 'scenarios'>,
  { row, opponent }: { readonly row: string; readonly opponent: Opponent },
): readonly RowComparison[] {
  const found = Object.entries(scenarios).flatMap(([scenario, content]) => {
    const other = opponent === 'bestBaseline' ? bestBaseline(content) : opponent;
    const pair = other === undefined ? undefined : pairOf(content, { row, other });
    return pair ? [{ scenario, ...pair }] : [];
  });
  const adjusted = holmAdjusted(found.map(({ pValue }) => pValue));
  return found.map((one, i) => ({ ...one, adjusted: adjusted[i]! }));
}

const levels = [0.01, 0.05] as const;

/** Signs of being above and below an opponent. */
const signs: Readonly<Record<Opponent, { readonly above: string; readonly below: string }>> = {
  bestBaseline: { above: '*', below: '↓' },
  noQuery: { above: '†', below: '‡' },
  query: { above: '§', below: '¶' },
};

const strengthOf = (adjusted: number): number => levels.filter((level) => adjusted < level).length;

/** A sign, doubled below .01; nothing where the difference may be chance. */
export function markOf(
  { difference, adjusted }: Pick<RowComparison, 'difference' | 'adjusted'>,
  opponent: Opponent,
): string | undefined {
  const { above, below } = signs[opponent];
  return (difference > 0 ? above : below).repeat(strengthOf(adjusted)) || undefined;
}

/** A comparison in words. */
export function verdictOf({
  difference,
  adjusted,
}: Pick<RowComparison, 'difference' | 'adjusted'>): string {
  const way = difference > 0 ? 'higher' : 'lower';
  const strength = strengthOf(adjusted);
  if (strength === 0) return 'no difference shown';
  return `${way}, p < ${strength === levels.length ? '.01' : '.05'}`;
}

const opponentText: Readonly<Record<Opponent, string>> = {
  bestBaseline: 'the best baseline of the scenario',
  noQuery: 'the same model without a query',
  query: 'the untuned query',
};

/** How p values of marks come about. */
const testText = {
  scenario:
    'p of DeLong’s paired test on the same test users, two-sided, corrected by Holm over the scenarios. ',
  mean: 'p of a normal test with the bootstrap’s error, two-sided, corrected by Holm over the comparisons. ',
} as const;

/**
 * What the signs mean, for the opponents that were met.
 *
 * @param opponents - those that were met
 * @param of - whether marks are about single scenarios or about means over them
 */
export const markNotes = (
  opponents: readonly Opponent[],
  of: keyof typeof testText = 'scenario',
): readonly string[] => [
  ...opponents.map((opponent) => {
    const { above, below } = signs[opponent];
    const words =
      of === 'mean' && opponent === 'bestBaseline' ? 'the best baseline' : opponentText[opponent];
    return (
      `${above} higher ${of === 'mean' ? 'mean' : 'AUC'} than ${words} with p < .05, ${above}${above} with p < .01; ` +
      `${below} and ${below}${below} lower.`
    );
  }),
  testText[of] + 'The best baseline is the one of the highest test AUC: chosen in its favour.',
];

import { median } from '../median.js';
import { pairRatios, type PairRatios } from '../report/result.js';
import type { QueryTurn } from './queries-in-turn.js';

/** Queries by integers beside queries by floats. */
interface TurnsSummary {
  /** Turns. */
  readonly count: number;
  /** Median milliseconds by floats. */
  readonly floatMs: number;
  /** Median milliseconds by integers. */
  readonly integerMs: number;
  /** Quotients of the turns. */
  readonly ratio: PairRatios;
}

/** Queries in turn, all of them, and by how far apart the cores were; null where they never were so. */
export interface TurnsResult {
  /** All turns. */
  readonly all: TurnsSummary;
  /** Turns whose cores shared a cache. */
  readonly near: TurnsSummary | null;
  /** Turns whose cores shared none. */
  readonly far: TurnsSummary | null;
}

/**
 * Nanoseconds of a number's way between two cores and back that tell whether they share a cache: on
 * AMD's EPYC about 110 if they do and 250 to 320 if not, as this program counts. What takes longer than
 * `disturbedNs` was kept waiting by other work and tells nothing.
 */
const [farNs, disturbedNs] = [200, 2000];

function summary(turns: readonly QueryTurn[]): TurnsSummary {
  const of = (name: 'floatMs' | 'integerMs') => turns.map((turn) => ({ ms: turn[name] }));
  const [floats, integers] = [of('floatMs'), of('integerMs')];
  return {
    count: turns.length,
    floatMs: median(floats.map(({ ms }) => ms)),
    integerMs: median(integers.map(({ ms }) => ms)),
    ratio: pairRatios(integers, floats),
  };
}

/**
 * Sums up turns. One whose cores moved together or apart meanwhile counts among all of them only.
 *
 * @param turns - at least one
 */
export function turnsResult(turns: readonly QueryTurn[]): TurnsResult {
  const those = (isMeant: (ns: number) => boolean): TurnsSummary | null => {
    const some = turns.filter(({ roundTripsNs }) => roundTripsNs.every((ns) => isMeant(ns)));
    return some.length > 0 ? summary(some) : null;
  };
  return {
    all: summary(turns),
    near: those((ns) => ns < farNs),
    far: those((ns) => ns >= farNs && ns < disturbedNs),
  };
}

const summaryText = (name: string, { count, floatMs, integerMs, ratio }: TurnsSummary): string =>
  `  ${name}: ${integerMs.toFixed(1)} ms of ${floatMs.toFixed(1)} ms, ` +
  `${ratio.median.toFixed(3)} (${ratio.low.toFixed(3)}-${ratio.high.toFixed(3)}, ${count} turns)`;

/** Lines for people. */
export const turnsText = ({ all, near, far }: TurnsResult): string =>
  [
    'queries in turn in one process, integers of floats:',
    summaryText('all', all),
    ...(near ? [summaryText('cores that share a cache', near)] : []),
    ...(far ? [summaryText('cores that share none', far)] : []),
  ].join('\n');

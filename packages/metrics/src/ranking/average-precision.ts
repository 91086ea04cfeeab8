import type { ScoredLabels } from '../input/scored-labels.js';
import { rankScores } from './ranking.js';

/**
 * Average precision: the mean of the precision over recall steps, without interpolation.
 *
 * `AP = sum_t (R_t - R_{t-1}) P_t`, over the distinct scores `t` falling, with recall `R_t` and
 * precision `P_t` of calling everyone at or above `t` positive. A random score has the base rate.
 *
 * @throws {@link InputError} as {@link rocAuc}
 */
export function averagePrecision(input: ScoredLabels): number {
  const { positivesAt, negativesAt, positives } = rankScores(input);
  let positivesAbove = 0;
  let usersAbove = 0;
  let sum = 0;
  for (let g = 0; g < positivesAt.length; g++) {
    positivesAbove += positivesAt[g]!;
    usersAbove += positivesAt[g]! + negativesAt[g]!;
    sum += positivesAt[g]! * (positivesAbove / usersAbove);
  }
  return sum / positives;
}

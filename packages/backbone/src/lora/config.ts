import { InputError } from '@q-anchor/core';

/** Low-rank adapters of a model: how large, how strong, on which projections (Hu et al. 2021). */
export interface LoraConfig {
  /** Inner size. */
  readonly rank: number;
  /** The update is scaled by `alpha / rank`. */
  readonly alpha: number;
  /** Share of an adapter's inputs that training sets to zero, in `[0, 1)`. */
  readonly dropout: number;
  /**
   * The projections adapted: ends of their names at a dot, as `q_proj`, `attention.output.dense`, or
   * a whole name.
   */
  readonly targets: readonly string[];
  /** Whether the update is scaled by `alpha / sqrt(rank)` instead (Kalajdzievski 2023). */
  readonly isRankStabilised?: boolean | undefined;
}

/** What the update is multiplied by: `alpha / rank`, or `alpha / sqrt(rank)`. */
export const loraScale = ({ rank, alpha, isRankStabilised = false }: LoraConfig): number =>
  alpha / (isRankStabilised ? Math.sqrt(rank) : rank);

/**
 * Checks the numbers of a configuration.
 *
 * @throws {@link InputError} naming what is out of range
 */
export function checkLoraConfig({ rank, alpha, dropout, targets }: LoraConfig): void {
  check('rank', Number.isSafeInteger(rank) && rank > 0, ['an integer of 1 or more', `${rank}`]);
  check('alpha', Number.isFinite(alpha), ['a number', `${alpha}`]);
  check('dropout', dropout >= 0 && dropout < 1, ['a share in [0, 1)', `${dropout}`]);
  check('targets', targets.length > 0, ['at least one projection', 'none']);
}

function check(key: string, isRight: boolean, [expected, found]: readonly [string, string]): void {
  if (!isRight) throw new InputError({ where: `LoRA ${key}`, expected, found });
}

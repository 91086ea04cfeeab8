import { InputError } from '@q-anchor/core';

/** What tokens cost, in any currency. */
export interface TokenPrices {
  /** A million tokens of prompts. */
  readonly inputPerMillion: number;
  /** A million tokens of answers. */
  readonly outputPerMillion: number;
}

/** Tokens of one or more calls. */
export interface TokenUsage {
  /** Of prompts. */
  readonly promptTokens: number;
  /** Of answers. */
  readonly completionTokens: number;
}

/** Counts tokens and cost, and keeps to a limit. */
export interface Ledger {
  /** The cost of some tokens. */
  costOf(usage: TokenUsage): number;
  /**
   * Sets aside what a call may cost at most; `settle` with what it did cost, nothing if it failed.
   *
   * @throws {@link @q-anchor/core#InputError} if the limit would be passed
   */
  reserve(most: TokenUsage): (usage?: TokenUsage) => void;
  /** Adds what was spent before. */
  addSpent(usage: TokenUsage, cost: number): void;
  /** All so far. */
  total(): TokenUsage & { readonly cost: number };
}

/** A ledger; without `maxCost` there is no limit. */
export function createLedger(prices: TokenPrices, maxCost = Infinity): Ledger {
  let [promptTokens, completionTokens, cost, reserved] = [0, 0, 0, 0];
  const costOf = (usage: TokenUsage): number =>
    (usage.promptTokens * prices.inputPerMillion +
      usage.completionTokens * prices.outputPerMillion) /
    1e6;
  const addSpent = (usage: TokenUsage, spent: number): void => {
    promptTokens += usage.promptTokens;
    completionTokens += usage.completionTokens;
    cost += spent;
  };
  return {
    costOf,
    addSpent,
    reserve: (most) => {
      const part = costOf(most);
      if (cost + reserved + part > maxCost) {
        throw new InputError({
          where: 'maxCost',
          expected: `calls that cost ${maxCost} at most`,
          found: `${Number(cost.toPrecision(6))} spent, and a next call of up to ${Number((part + reserved).toPrecision(3))}`,
          fix: 'Raise the limit and run again: what is answered already is kept',
        });
      }
      reserved += part;
      return (usage) => {
        reserved -= part;
        if (usage !== undefined) addSpent(usage, costOf(usage));
      };
    },
    total: () => ({ promptTokens, completionTokens, cost }),
  };
}

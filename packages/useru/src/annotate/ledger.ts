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
  /** What a token costs now. */
  readonly prices: TokenPrices;
  /** The cost of some tokens. */
  costOf(usage: TokenUsage): number;
  /**
   * Sets aside what a call may cost at most; `settle` with what it did cost, nothing if it failed.
   *
   * @throws {@link @q-anchor/core#InputError} if the limit would be passed
   */
  reserve(most: TokenUsage): (usage?: TokenUsage) => void;
  /** Adds what was spent before, at the prices of then. */
  addSpent(usage: TokenUsage, prices: TokenPrices): void;
  /** All so far; the same whatever order it was spent in. */
  total(): TokenUsage & { readonly cost: number };
}

const costAt = (usage: TokenUsage, prices: TokenPrices): number =>
  (usage.promptTokens * prices.inputPerMillion + usage.completionTokens * prices.outputPerMillion) /
  1e6;

/** A ledger; without `maxCost` there is no limit. */
export function createLedger(prices: TokenPrices, maxCost = Infinity): Ledger {
  // Tokens are summed, being whole: a sum of costs would end in other digits in another order.
  const spent = new Map<string, { readonly prices: TokenPrices; usage: TokenUsage }>();
  let reserved = 0;
  const addSpent = ({ promptTokens, completionTokens }: TokenUsage, at: TokenPrices): void => {
    const key = `${at.inputPerMillion} ${at.outputPerMillion}`;
    const before = spent.get(key)?.usage ?? { promptTokens: 0, completionTokens: 0 };
    spent.set(key, {
      prices: at,
      usage: {
        promptTokens: before.promptTokens + promptTokens,
        completionTokens: before.completionTokens + completionTokens,
      },
    });
  };
  const total = (): TokenUsage & { readonly cost: number } => {
    let [promptTokens, completionTokens, cost] = [0, 0, 0];
    for (const [, entry] of [...spent].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      promptTokens += entry.usage.promptTokens;
      completionTokens += entry.usage.completionTokens;
      cost += costAt(entry.usage, entry.prices);
    }
    return { promptTokens, completionTokens, cost };
  };
  return {
    prices,
    costOf: (usage) => costAt(usage, prices),
    addSpent,
    reserve: (most) => {
      const part = costAt(most, prices);
      const { cost } = total();
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
        if (usage !== undefined) addSpent(usage, prices);
      };
    },
    total,
  };
}

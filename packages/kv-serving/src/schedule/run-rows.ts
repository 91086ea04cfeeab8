import type { Part, RunLimits } from './part.js';

/** A run while it is put together. */
export interface RunRows<Job> {
  /** Its parts. */
  readonly parts: readonly Part<Job>[];
  /** Adds a part if it fits; the first always does. */
  add(part: Part<Job>): boolean;
}

/**
 * An empty run. A part fits if its group is that of the others, the run's tokens stay within the budget,
 * and little of the joined prefixes is padding: users of like length share a run.
 *
 * @param limits - the budget
 */
export function createRunRows<Job>({ maxRunTokens, maxPaddingShare }: RunLimits): RunRows<Job> {
  const parts: Part<Job>[] = [];
  const rows = new Map<string, { readonly prefix: number; readonly suffix: number }>();
  let [longestPrefix, longestSuffix, prefixSum] = [0, 0, 0];
  return {
    parts,
    add(part) {
      const { prefix, prefixTokens, suffixTokens, group } = part;
      const row = rows.get(prefix);
      const suffix = (row?.suffix ?? 0) + suffixTokens;
      const count = rows.size + (row ? 0 : 1);
      const next = {
        prefix: Math.max(longestPrefix, prefixTokens),
        suffix: Math.max(longestSuffix, suffix),
        sum: prefixSum + (row ? 0 : prefixTokens),
      };
      if (parts.length > 0) {
        if (group !== parts[0]!.group) return false;
        if (count * (next.prefix + next.suffix) > maxRunTokens) return false;
        const padded = count * next.prefix;
        if (padded - next.sum > maxPaddingShare * padded) return false;
      }
      [longestPrefix, longestSuffix, prefixSum] = [next.prefix, next.suffix, next.sum];
      rows.set(prefix, { prefix: prefixTokens, suffix });
      parts.push(part);
      return true;
    },
  };
}

import type { Decoding } from './decoding.js';
import { kthLargest } from './largest.js';
import { mostProbable, never } from './logits.js';

/** Tokens that may come, and how likely. */
export interface TokenDistribution {
  /** Ids, ascending. */
  readonly ids: readonly number[];
  /** Their probabilities; the sum is 1. */
  readonly probabilities: Float64Array;
}

/**
 * The distribution that the next token is drawn from:
 * `softmax(logits / temperature)`, restricted to the `topK` most probable, of those to the fewest
 * that have probability `topP`, of those to `minP` times the largest probability, and divided by
 * what is left. Of equally probable tokens those of lower id go first.
 *
 * @param logits - of all tokens; minus infinity for those that may not come
 * @param decoding - temperature 0 leaves the most probable token alone
 * @throws {@link @q-anchor/core#InputError} if a logit is no number, or no token may come
 */
export function tokenDistribution(
  logits: Float32Array,
  decoding: Pick<Decoding, 'temperature' | 'topK' | 'topP' | 'minP'>,
): TokenDistribution {
  const { temperature, topK, topP, minP } = decoding;
  const best = mostProbable(logits);
  if (temperature === 0) return { ids: [best], probabilities: Float64Array.of(1) };
  const largest = logits[best]!;
  /** Probability over the largest one. */
  const weightOf = (id: number): number => Math.exp((logits[id]! - largest) / temperature);
  let ids = amongTop(logits, topK);
  if (topP < 1) ids = nucleus(ids, { weightOf, share: topP });
  if (minP > 0) ids = ids.filter((id) => weightOf(id) >= minP);
  const weights = Float64Array.from(ids, weightOf);
  const sum = weights.reduce((a, b) => a + b, 0);
  return { ids, probabilities: weights.map((weight) => weight / sum) };
}

/** Ids of the `count` largest logits, or of all that may come, ascending. */
function amongTop(logits: Float32Array, count: number): number[] {
  const limit = count > 0 && count < logits.length ? kthLargest(logits, count) : never;
  const ids: number[] = [];
  let equals = count;
  for (const logit of logits) if (logit > limit) equals--;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!;
    if (logit > limit || (logit === limit && logit > never && equals-- > 0)) ids.push(id);
  }
  return ids;
}

/** The fewest tokens, most probable first, that have a share of the probability; ascending. */
function nucleus(
  ids: readonly number[],
  { weightOf, share }: { readonly weightOf: (id: number) => number; readonly share: number },
): number[] {
  const weights = Float64Array.from(ids, weightOf);
  const goal = share * weights.reduce((a, b) => a + b, 0);
  // All tokens rarer than this have less than 1 - share together, so the nucleus is among the
  // others: as a rule few, and only they are sorted.
  const floor = ((1 / share - 1) * goal) / ids.length;
  const order = [...ids.keys()]
    .filter((i) => weights[i]! >= floor)
    .toSorted((a, b) => weights[b]! - weights[a]! || a - b);
  let reached = 0;
  let kept = 0;
  while (kept < order.length && (kept === 0 || reached < goal)) {
    reached += weights[order[kept]!]!;
    kept++;
  }
  return order
    .slice(0, kept)
    .toSorted((a, b) => a - b)
    .map((i) => ids[i]!);
}

/**
 * The token that a uniform number falls on.
 *
 * @param distribution - what may come
 * @param uniform - from 0 to 1, 1 excluded
 */
export function drawnToken({ ids, probabilities }: TokenDistribution, uniform: number): number {
  let reached = 0;
  for (const [i, probability] of probabilities.entries()) {
    reached += probability;
    if (uniform < reached) return ids[i]!;
  }
  // Rounding left the sum below the number.
  return ids.at(-1)!;
}

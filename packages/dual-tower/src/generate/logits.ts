import { InputError } from '@q-anchor/core';

/** What stands for "never" among logits. */
export const never = -Infinity;

/**
 * The largest logit's index; of equal ones the first.
 *
 * @throws {@link @q-anchor/core#InputError} if a logit is no number, or no token may come
 */
export function mostProbable(logits: Float32Array): number {
  let best = -1;
  let largest = never;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!;
    if (Number.isNaN(logit) || logit === Infinity) {
      throw new InputError({
        where: `next-token logit ${id}`,
        expected: 'a number',
        found: `${logit}`,
        fix: 'Values of the model are no numbers, or grow beyond all bounds; it cannot be used',
      });
    }
    if (logit > largest) {
      largest = logit;
      best = id;
    }
  }
  if (best >= 0) return best;
  throw new InputError({
    where: 'next-token logits',
    expected: 'at least one token that may come',
    found: 'none',
  });
}

/**
 * Log-probability of a token: `logit - log sum exp logits`, in nats.
 *
 * @param logits - of all tokens
 * @param id - the token
 */
export function logProbability(logits: Float32Array, id: number): number {
  const largest = logits[mostProbable(logits)]!;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  return logits[id]! - largest - Math.log(sum);
}

/**
 * Logits with tokens that were there made less probable: a positive one is divided by the penalty,
 * a negative one multiplied (Keskar et al. 2019, section 4.1).
 *
 * @param logits - stay as they are
 * @param options - ids of the tokens that were there, repeats count once; the penalty
 */
export function penalised(
  logits: Float32Array,
  { ids, penalty }: { readonly ids: Iterable<number>; readonly penalty: number },
): Float32Array {
  const changed = logits.slice();
  if (penalty === 1) return changed;
  for (const id of new Set(ids)) {
    const logit = logits[id]!;
    changed[id] = logit > 0 ? logit / penalty : logit * penalty;
  }
  return changed;
}

/**
 * The AUC that true probabilities are expected to reach as scores: nobody can do better.
 *
 * `sum_ij p_i (1 - p_j) s_ij / sum_ij p_i (1 - p_j)` over pairs i != j, where p_i is the probability
 * of person i's event and s_ij is 1 if p_i \> p_j, 0.5 if they are equal, else 0: the chance that of a
 * random pair with one event the person with the event has the higher probability.
 *
 * @param probabilities - one a person, 0 to 1
 * @returns NaN where no pair can have just one event
 * @example
 * ```ts
 * bayesAuc([0.5, 0.5]); // 0.5
 * bayesAuc([0, 1]); // 1
 * ```
 */
export function bayesAuc(probabilities: ArrayLike<number>): number {
  const sorted = Float64Array.from(probabilities).toSorted();
  let favourable = 0;
  let all = 0;
  let negativesBelow = 0; // expected number of people below without the event
  let negatives = 0;
  for (const p of sorted) negatives += 1 - p;
  for (let start = 0; start < sorted.length;) {
    const p = sorted[start]!;
    let end = start;
    while (end < sorted.length && sorted[end] === p) end++;
    const equal = end - start;
    // A person is no pair with themselves.
    const negativesBeside = (equal - 1) * (1 - p);
    favourable += equal * p * (negativesBelow + 0.5 * negativesBeside);
    all += equal * p * (negatives - (1 - p));
    negativesBelow += equal * (1 - p);
    start = end;
  }
  return favourable / all;
}

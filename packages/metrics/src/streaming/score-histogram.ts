import { InputError } from '@q-anchor/core';

import { requireInteger } from '../input/require-number.js';
import { countClasses, requireFiniteScores, type ScoredLabels } from '../input/scored-labels.js';

/**
 * Counts of positives and negatives per bin of the score: all of a stream, in fixed memory.
 *
 * A plain object of typed arrays, so that it can be posted to a thread, stored and merged.
 */
export interface ScoreHistogram {
  /** Bins for scores from one power of two to the next. */
  readonly binsPerOctave: number;
  /** Positives in each bin, by rising score. */
  readonly positivesAt: Float64Array;
  /** Negatives in each bin. */
  readonly negativesAt: Float64Array;
}

const smallestExponent = -32;
const octaves = 64;

/**
 * An empty histogram of scores on any scale.
 *
 * Bins are cut from the bits of a float64: of either sign 64 octaves from `2^-32` to `2^32`, each of
 * `binsPerOctave` bins of the same width, so a bin is at most `1 / binsPerOctave` of its score wide. Scores
 * nearer to 0 than `2^-32` share the innermost bins, scores beyond `2^32` the outermost: order between bins
 * is never wrong. `128 binsPerOctave` bins of 16 bytes, 16.8 MB by default, for any number of scores.
 *
 * @param options - `binsPerOctave`, a power of two up to `2^20`. Default 8192
 * @throws {@link InputError} if `binsPerOctave` is not such a power
 * @example
 * ```ts
 * const histogram = createScoreHistogram();
 * for (const batch of batches) addScores(histogram, batch);
 * const { auc, aucError } = histogramSeparation(histogram);
 * ```
 */
export function createScoreHistogram({
  binsPerOctave = 8192,
}: { readonly binsPerOctave?: number } = {}): ScoreHistogram {
  const bits = Math.log2(binsPerOctave);
  if (!Number.isInteger(bits) || bits < 0 || bits > 20) {
    throw new InputError({
      where: 'binsPerOctave',
      expected: 'a power of two from 1 to 2^20',
      found: String(binsPerOctave),
    });
  }
  const bins = 2 * octaves * binsPerOctave;
  return {
    binsPerOctave,
    positivesAt: new Float64Array(bins),
    negativesAt: new Float64Array(bins),
  };
}

/**
 * Counts a batch of scores into a histogram, in place; a batch that is refused changes nothing.
 *
 * @throws {@link InputError} if labels are not 0 or 1, a score is not finite or the lengths differ
 */
export function addScores(histogram: ScoreHistogram, { labels, scores }: ScoredLabels): void {
  if (labels.length === 0) return;
  countClasses(labels);
  requireFiniteScores(scores, { where: 'scores', users: labels.length });
  const { binsPerOctave, positivesAt, negativesAt } = histogram;
  const dropped = 20 - Math.log2(binsPerOctave);
  const ofOneSign = octaves * binsPerOctave;
  const innermost = (1023 + smallestExponent) * binsPerOctave;
  const bits = new DataView(new ArrayBuffer(8));
  for (let i = 0; i < labels.length; i++) {
    bits.setFloat64(0, scores[i]!);
    const high = bits.getUint32(0);
    // Exponent and leading digits as one whole number rise with the magnitude.
    const magnitude = ((high & 0x7fffffff) >>> dropped) - innermost;
    const bin = magnitude < 0 ? 0 : magnitude >= ofOneSign ? ofOneSign - 1 : magnitude;
    const negative = high >>> 31 === 1 && scores[i] !== 0;
    const at = negative ? ofOneSign - 1 - bin : ofOneSign + bin;
    if (labels[i] === 1) positivesAt[at] = positivesAt[at]! + 1;
    else negativesAt[at] = negativesAt[at]! + 1;
  }
}

/**
 * The histogram of all scores of some histograms: counts add, so the order of merging changes nothing.
 *
 * @throws {@link InputError} for none, or where `binsPerOctave` differs
 */
export function mergedHistogram(histograms: readonly ScoreHistogram[]): ScoreHistogram {
  requireInteger('number of histograms', histograms.length, { least: 1 });
  const { binsPerOctave } = histograms[0]!;
  const merged = createScoreHistogram({ binsPerOctave });
  for (const [h, other] of histograms.entries()) {
    if (other.binsPerOctave !== binsPerOctave) {
      throw new InputError({
        where: `histograms[${h}].binsPerOctave`,
        expected: `${binsPerOctave} as in the first`,
        found: `${other.binsPerOctave}`,
      });
    }
    for (let at = 0; at < merged.positivesAt.length; at++) {
      merged.positivesAt[at] = merged.positivesAt[at]! + other.positivesAt[at]!;
      merged.negativesAt[at] = merged.negativesAt[at]! + other.negativesAt[at]!;
    }
  }
  return merged;
}

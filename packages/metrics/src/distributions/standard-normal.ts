/** `P(X <= x)` of the standard normal distribution, right to about 14 digits in either tail. */
export function normalCdf(x: number): number {
  if (x < 0) return normalSurvival(-x);
  return 1 - normalSurvival(x);
}

/**
 * `P(X > x)` of the standard normal distribution.
 *
 * `1/2 - phi(x) sum_k x^(2k+1) / (2k+1)!!` near the middle, where all terms are positive; Laplace's continued
 * fraction `phi(x) / (x + 1/(x + 2/(x + 3/(x + ...))))` in the tail (Abramowitz and Stegun 1964, 26.2.11 and
 * 26.2.14).
 */
export function normalSurvival(x: number): number {
  if (x < 0) return 1 - normalSurvival(-x);
  if (x < 2) return 0.5 - density(x) * oddSeries(x);
  return density(x) * tailFraction(x);
}

/** `P(|X| > |x|)`: the two-sided p value of a z score. */
export function normalTwoSided(x: number): number {
  return 2 * normalSurvival(Math.abs(x));
}

/**
 * The `x` with `P(X <= x) = p`, for `p` in `(0, 1)`: Abramowitz and Stegun 1964, 26.2.23 (to three digits),
 * then Halley steps on the distribution function, which treble the digits.
 */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -lowerQuantile(1 - p);
  return lowerQuantile(p);
}

function lowerQuantile(p: number): number {
  if (p === 0.5) return 0;
  const t = Math.sqrt(-2 * Math.log(p));
  const top = 2.515517 + t * (0.802853 + t * 0.010328);
  const bottom = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  let x = t - top / bottom; // of the upper tail
  for (let step = 0; step < 4; step++) {
    // density and tail share the factor exp(-x^2/2): below p = 1e-300 too, their ratio stays finite
    const excess = (normalSurvival(x) - p) / density(x);
    x += excess / (1 - (x * excess) / 2);
  }
  return -x;
}

function density(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

function oddSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 3; term > sum * 1e-17; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return sum;
}

function tailFraction(x: number): number {
  // From the far end inwards: 1000 terms are plenty at x = 2, where the fraction is slowest.
  const terms = Math.ceil(400 / x);
  let rest = x;
  for (let k = terms; k > 0; k--) rest = x + k / rest;
  return 1 / rest;
}

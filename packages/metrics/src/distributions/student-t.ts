import { normalQuantile } from './standard-normal.js';

/**
 * `P(|T| > |t|)` of Student's t with `degrees` of freedom (any positive number): the two-sided p value.
 *
 * `I_{v / (v + t^2)}(v / 2, 1 / 2)`, the regularised incomplete beta function by its continued fraction
 * (Abramowitz and Stegun 1964, 26.7.1 and 26.5.8).
 */
export function studentTwoSided(t: number, degrees: number): number {
  const ratio = (t * t) / degrees;
  if (ratio === 0) return 1;
  const a = degrees / 2;
  const x = 1 / (1 + ratio);
  // The factor both expansions share: x^a (1 - x)^(1/2) / B(a, 1/2).
  const front = Math.exp(-a * Math.log1p(ratio) - 0.5 * Math.log1p(1 / ratio) - logBetaHalf(a));
  if (x < (a + 1) / (a + 2.5)) return (front * betaFraction({ a, b: 0.5, x })) / a;
  return 1 - (front * betaFraction({ a: 0.5, b: a, x: ratio / (1 + ratio) })) / 0.5;
}

/**
 * The `t` with `P(|T| <= t) = level`: half the width, in standard errors, of an interval at that level.
 *
 * Newton steps from the normal quantile, kept inside a bracket.
 */
export function studentQuantile(level: number, degrees: number): number {
  const outside = 1 - level;
  let low = 0;
  let high = normalQuantile((1 + level) / 2);
  while (studentTwoSided(high, degrees) > outside) {
    low = high;
    high *= 2;
  }
  let t = high;
  const a = degrees / 2;
  for (let step = 0; step < 200; step++) {
    const excess = studentTwoSided(t, degrees) - outside;
    if (excess > 0) low = t;
    else high = t;
    const logDensity =
      -(a + 0.5) * Math.log1p((t * t) / degrees) - logBetaHalf(a) - 0.5 * Math.log(degrees);
    let next = t + excess / (2 * Math.exp(logDensity));
    if (!(next >= low && next <= high)) next = (low + high) / 2;
    const moved = Math.abs(next - t);
    t = next;
    if (moved <= 4e-16 * t) break;
  }
  return t;
}

/** `log B(a, 1/2) = log Gamma(a) + log Gamma(1/2) - log Gamma(a + 1/2)`. */
function logBetaHalf(a: number): number {
  // Gamma(a) / Gamma(a + 1/2) = (a + 1/2)/a * Gamma(a + 1) / Gamma(a + 3/2): up to where Stirling is exact.
  let ahead = 0;
  let b = a;
  for (; b < 16; b++) ahead += Math.log1p(0.5 / b);
  // Differences of large logarithms are taken before they lose digits.
  const ratio = 0.5 - b * Math.log1p(0.5 / b) - 0.5 * Math.log(b) + stirling(b) - stirling(b + 0.5);
  return ahead + ratio + 0.5 * Math.log(Math.PI);
}

/** What Stirling's formula for `log Gamma(z)` leaves out, for `z` of 16 or more. */
function stirling(z: number): number {
  const w = 1 / (z * z);
  return (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w / 1188)))) / z;
}

/** The continued fraction of the incomplete beta function, by Lentz's method. */
function betaFraction({
  a,
  b,
  x,
}: {
  readonly a: number;
  readonly b: number;
  readonly x: number;
}): number {
  const tiny = 1e-300;
  const nonZero = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return fraction;
}

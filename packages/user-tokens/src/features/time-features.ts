const week = (2 * Math.PI) / 7;
const month = (2 * Math.PI) / 30.4375;

/**
 * Features of an event's age before the reference time, in days:
 * `[log(1+a) / log(1+window), a / window, e^(-a/3), e^(-a/14), sin and cos of 2 pi a / 7, of 2 pi a / 30.44]`.
 *
 * @param ageDays - reference time minus event time, not negative
 * @param windowDays - days of history a profile spans
 * @returns 8 numbers, each of order 1
 */
export function timeFeatures(ageDays: number, windowDays: number): Float32Array {
  return Float32Array.of(
    Math.log1p(ageDays) / Math.log1p(windowDays),
    ageDays / windowDays,
    Math.exp(-ageDays / 3),
    Math.exp(-ageDays / 14),
    Math.sin(week * ageDays),
    Math.cos(week * ageDays),
    Math.sin(month * ageDays),
    Math.cos(month * ageDays),
  );
}

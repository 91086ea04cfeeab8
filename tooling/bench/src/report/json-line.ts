import type { BenchResult } from './result.js';

const rounded = <T extends number | null>(value: T, digits: number): T =>
  (value === null ? null : Number(value.toFixed(digits))) as T;

/** Results as the one line `--json` ends with. */
export function jsonLine(results: readonly BenchResult[]): string {
  return JSON.stringify({
    shapes: results.map((result) => ({
      shape: result.shape,
      oursMs: rounded(result.oursMs, 3),
      torchMs: rounded(result.torchMs, 3),
      torchBf16Ms: rounded(result.torchBf16Ms, 3),
      ratio: rounded(result.ratio, 4),
      ratioBf16: rounded(result.ratioBf16, 4),
      gemmShare: rounded(result.gemmShare, 4),
      peakMB: rounded(result.peakMB, 1),
      ...(result.quantised && {
        [`${result.quantised.weights}Ms`]: rounded(result.quantised.ms, 3),
        [`${result.quantised.weights}Ratio`]: rounded(result.quantised.ratio, 4),
      }),
    })),
  });
}

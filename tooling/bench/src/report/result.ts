import { InputError } from '@q-anchor/core';

import { median } from '../median.js';
import type { RoundTimings } from '../measure/rounds.js';
import type { Timing } from '../measure/timing.js';
import { operationsOf } from '../workloads/work-of.js';
import type { DecoderWorkload, MatrixProduct, QuantisedWeights } from '../workloads/workload.js';

/** Who is measured: our engine, by floats and integers, PyTorch in two types, one big product of ours. */
export type ContestantName = 'ours' | 'quantised' | 'torch' | 'torchBf16' | 'product';

/** The matrix product that speeds are compared with. */
export const referenceProduct: MatrixProduct = {
  kind: 'matrix-product',
  name: 'matrix product 2048',
  size: 2048,
};

/** Per-pair ratios of one comparison. */
export interface PairRatios {
  /** Median over the rounds. */
  readonly median: number;
  /** Smallest. */
  readonly low: number;
  /** Largest. */
  readonly high: number;
}

/** What weights of integers cost beside floats. */
interface QuantisedResult {
  /** Which integers. */
  readonly weights: QuantisedWeights;
  /** Median over rounds, in milliseconds. */
  readonly ms: number;
  /** `ms` over the milliseconds by floats. */
  readonly ratio: number;
  /** Those ratios within rounds. */
  readonly pairs: PairRatios;
}

/** What a bench found out about one workload. Unmeasured values are null. */
export interface BenchResult {
  /** The workload's name. */
  readonly shape: string;
  /** Median over rounds of our median, in milliseconds. */
  readonly oursMs: number;
  /** The same of PyTorch in f32. */
  readonly torchMs: number | null;
  /** The same of PyTorch in bf16. */
  readonly torchBf16Ms: number | null;
  /** `oursMs / torchMs`. */
  readonly ratio: number | null;
  /** `oursMs / torchBf16Ms`. */
  readonly ratioBf16: number | null;
  /** Share of matrix products in our kernel time. */
  readonly gemmShare: number | null;
  /** Our largest resident size, in MiB. */
  readonly peakMB: number;
  /** Ratios within rounds to PyTorch in f32. */
  readonly pairs: PairRatios | null;
  /** Ratios within rounds to PyTorch in bf16. */
  readonly pairsBf16: PairRatios | null;
  /** Ours by weights of integers. */
  readonly quantised: QuantisedResult | null;
  /** Our speed over the whole run, counting matrix products only, in GFLOP/s. */
  readonly gigaflops: number;
  /** Our speed as a share of {@link referenceProduct}'s. */
  readonly shareOfProduct: number | null;
}

/** Ratios of timings of the same rounds. */
export function pairRatios(
  ours: readonly Pick<Timing, 'ms'>[],
  theirs: readonly Pick<Timing, 'ms'>[],
): PairRatios {
  if (ours.length !== theirs.length) {
    throw new InputError({
      where: 'pairs of timings',
      expected: `${ours.length} rounds of both`,
      found: `${theirs.length} of the other`,
    });
  }
  const ratios = ours.map(({ ms }, round) => ms / theirs[round]!.ms);
  return { median: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) };
}

const medianMs = (timings: readonly Timing[] | undefined): number | null =>
  timings ? median(timings.map(({ ms }) => ms)) : null;

/**
 * The result of a workload from what its contestants measured.
 *
 * @param workload - the workload
 * @param measured - timings of all rounds; `gemmShare` from a profiled run; which integers
 */
export function benchResult(
  workload: DecoderWorkload,
  measured: {
    readonly timings: Pick<RoundTimings<ContestantName>, 'ours'> &
      Partial<RoundTimings<ContestantName>>;
    readonly gemmShare: number | null;
    readonly weights?: QuantisedWeights;
  },
): BenchResult {
  const { ours, quantised, torch, torchBf16, product } = measured.timings;
  const oursMs = median(ours.map(({ ms }) => ms));
  const [torchMs, torchBf16Ms, productMs] = [torch, torchBf16, product].map(medianMs);
  const gigaflops = operationsOf(workload) / oursMs / 1e6;
  const quotient = (ms: number | null | undefined): number | null => (ms ? oursMs / ms : null);
  return {
    shape: workload.name,
    oursMs,
    torchMs: torchMs ?? null,
    torchBf16Ms: torchBf16Ms ?? null,
    ratio: quotient(torchMs),
    ratioBf16: quotient(torchBf16Ms),
    gemmShare: measured.gemmShare,
    peakMB: Math.max(...ours.map(({ peakMB }) => peakMB)),
    pairs: torch ? pairRatios(ours, torch) : null,
    pairsBf16: torchBf16 ? pairRatios(ours, torchBf16) : null,
    quantised:
      quantised && measured.weights !== undefined
        ? {
            weights: measured.weights,
            ms: median(quantised.map(({ ms }) => ms)),
            ratio: median(quantised.map(({ ms }) => ms)) / oursMs,
            pairs: pairRatios(quantised, ours),
          }
        : null,
    gigaflops,
    shareOfProduct: productMs
      ? gigaflops / (operationsOf(referenceProduct) / productMs / 1e6)
      : null,
  };
}

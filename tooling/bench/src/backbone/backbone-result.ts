import { median } from '../median.js';
import type { Timing } from '../measure/timing.js';
import { pairRatios, referenceProduct, type PairRatios } from '../report/result.js';
import { operationsOf } from '../workloads/work-of.js';
import type { QuantisedWeights } from '../workloads/workload.js';
import type { QueryTurn } from './queries-in-turn.js';
import type { Reading } from './reading-here.js';
import { turnsResult, turnsText, type TurnsResult } from './turns-result.js';

/** Precisions a decoder is read in. */
export type ReadingPrecision = 'f32' | QuantisedWeights;

/** What one round measured. */
export interface BackboneRound {
  /** A process for each precision. */
  readonly readings: Readonly<Partial<Record<ReadingPrecision, Reading>>>;
  /** Queries of both precisions in turn; none where there is only one. */
  readonly turns: readonly QueryTurn[];
  /** {@link referenceProduct} in f32. */
  readonly product: Timing;
}

/** What a query costs beside one in f32. */
interface QueryRatio {
  /** Quotient of the medians. */
  readonly ratio: number;
  /** Quotients within rounds. */
  readonly pairs: PairRatios;
  /** Quotient of the fastest queries of all rounds. */
  readonly leastRatio: number;
}

/**
 * A precision over all rounds: medians, the largest of largest sizes, and the least of fastest
 * queries.
 */
export interface BackboneResult extends Reading {
  /** The precision. */
  readonly precision: ReadingPrecision;
  /** Speed of reading the prefix, in GFLOP/s. */
  readonly prefixGigaflops: number;
  /** Speed of a query. */
  readonly queryGigaflops: number;
  /** Prefix's speed as a share of the product's in the same round. */
  readonly prefixShare: PairRatios;
  /** Query's. */
  readonly queryShare: PairRatios;
  /** Seconds of a query over those of f32; null for f32. */
  readonly queryRatio: QueryRatio | null;
}

/** What the bench found out. */
export interface BackboneReport {
  /** Median speed of the product, in GFLOP/s. */
  readonly productGigaflops: number;
  /** Share of matrix products in the kernel time of the prefix in f32. */
  readonly gemmShare: number;
  /** One for each precision, f32 first. */
  readonly results: readonly BackboneResult[];
  /** Queries of both precisions in turn; null where there is only one. */
  readonly turns: TurnsResult | null;
}

const sizes = ['weightMB', 'baseMB', 'loadedMB', 'prefixMB', 'peakMB'] as const;
const times = [
  'loadSeconds',
  'firstPrefixSeconds',
  'prefixSeconds',
  'querySeconds',
  'prefixGigaflop',
  'queryGigaflop',
] as const;

const asTimings = (seconds: readonly number[]) => seconds.map((value) => ({ ms: 1000 * value }));

/**
 * Sums up rounds.
 *
 * @param rounds - at least one, all of the same precisions
 * @param gemmShare - from a profiled run
 */
export function backboneReport(
  rounds: readonly BackboneRound[],
  gemmShare: number,
): BackboneReport {
  const productGigaflop = operationsOf(referenceProduct) / 1e9;
  const productSeconds = rounds.map(({ product }) => product.ms / 1000);
  const readingsOf = (precision: ReadingPrecision): Reading[] =>
    rounds.flatMap(({ readings }) => readings[precision] ?? []);
  const querySecondsOf = (precision: ReadingPrecision) =>
    readingsOf(precision).map(({ querySeconds }) => querySeconds);

  const leastOf = (precision: ReadingPrecision): number =>
    Math.min(...readingsOf(precision).map(({ leastQuerySeconds }) => leastQuerySeconds));

  const resultOf = (precision: ReadingPrecision): BackboneResult => {
    const readings = readingsOf(precision);
    const gathered = (
      names: readonly (keyof Reading)[],
      sum: (values: readonly number[]) => number,
    ) => Object.fromEntries(names.map((name) => [name, sum(readings.map((r) => r[name]))]));
    const reading = {
      ...gathered(sizes, (values) => Math.max(...values)),
      ...gathered(times, median),
      leastQuerySeconds: leastOf(precision),
    } as unknown as Reading;
    const { prefixGigaflop, queryGigaflop } = reading;
    // Seconds at the product's speed over the seconds that were taken.
    const share = (gigaflop: number, name: 'prefixSeconds' | 'querySeconds'): PairRatios =>
      pairRatios(
        asTimings(productSeconds.map((seconds) => (seconds * gigaflop) / productGigaflop)),
        asTimings(readings.map((r) => r[name])),
      );
    return {
      precision,
      ...reading,
      prefixGigaflops: prefixGigaflop / reading.prefixSeconds,
      queryGigaflops: queryGigaflop / reading.querySeconds,
      prefixShare: share(prefixGigaflop, 'prefixSeconds'),
      queryShare: share(queryGigaflop, 'querySeconds'),
      queryRatio:
        precision === 'f32'
          ? null
          : {
              ratio: reading.querySeconds / median(querySecondsOf('f32')),
              pairs: pairRatios(
                asTimings(querySecondsOf(precision)),
                asTimings(querySecondsOf('f32')),
              ),
              leastRatio: leastOf(precision) / leastOf('f32'),
            },
    };
  };
  const turns = rounds.flatMap((round) => round.turns);
  return {
    productGigaflops: productGigaflop / median(productSeconds),
    gemmShare,
    results: (['f32', 'int8', 'int4'] as const)
      .filter((precision) => readingsOf(precision).length > 0)
      .map(resultOf),
    turns: turns.length > 0 ? turnsResult(turns) : null,
  };
}

const interval = ({ low, high }: PairRatios, digits: number): string =>
  `${low.toFixed(digits)}-${high.toFixed(digits)}`;

function resultText(result: BackboneResult): string {
  const { weightMB, queryRatio } = result;
  const size = (name: string, megabytes: number): string =>
    `  ${name}  ${megabytes.toFixed(0)} MB, ${(megabytes / weightMB).toFixed(2)} x the weights`;
  const speed = (gigaflops: number, share: PairRatios): string =>
    `${gigaflops.toFixed(0)} GFLOP/s, ${share.median.toFixed(2)} of the product (${interval(share, 2)})`;
  const compared = queryRatio
    ? `, ${queryRatio.ratio.toFixed(3)} of f32 (pairs ${interval(queryRatio.pairs, 3)}, fastest ${queryRatio.leastRatio.toFixed(3)})`
    : '';
  return [
    `${result.precision}: weights ${weightMB.toFixed(0)} MB, process before loading ${result.baseMB.toFixed(0)} MB`,
    `${size('loaded', result.loadedMB)}, ${result.loadSeconds.toFixed(1)} s`,
    `${size('prefix', result.prefixMB)}, ${result.prefixSeconds.toFixed(2)} s, first ${result.firstPrefixSeconds.toFixed(2)} s, ` +
      `${result.prefixGigaflop.toFixed(1)} GFLOP, ${speed(result.prefixGigaflops, result.prefixShare)}`,
    `${size('query ', result.peakMB)}, ${(1000 * result.querySeconds).toFixed(1)} ms, fastest ${(1000 * result.leastQuerySeconds).toFixed(1)} ms${compared}, ` +
      `${result.queryGigaflop.toFixed(1)} GFLOP, ${speed(result.queryGigaflops, result.queryShare)}`,
  ].join('\n');
}

/** A report for people. */
export const backboneText = ({
  productGigaflops,
  gemmShare,
  results,
  turns,
}: BackboneReport): string =>
  [
    ...results.map(resultText),
    ...(turns ? [turnsText(turns)] : []),
    `2048^3 product ${productGigaflops.toFixed(0)} GFLOP/s; matrix products are ${(100 * gemmShare).toFixed(0)} % of the prefix's kernel time in f32`,
  ].join('\n');

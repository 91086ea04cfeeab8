import type { KernelTimes } from '@q-anchor/backend';

import type { BenchResult, PairRatios } from './result.js';

const none = '-';
const milliseconds = (ms: number | null): string =>
  ms === null ? none : ms.toFixed(ms < 100 ? 1 : 0);
const percent = (share: number | null): string =>
  share === null ? none : `${(share * 100).toFixed(0)} %`;
const ratio = (value: number | null, pairs: PairRatios | null): string =>
  value === null || pairs === null
    ? none
    : `${value.toFixed(3)} (pairs ${pairs.median.toFixed(3)}, ${pairs.low.toFixed(3)}-${pairs.high.toFixed(3)})`;

const columns: readonly (readonly [string, (result: BenchResult) => string])[] = [
  ['shape', ({ shape }) => shape],
  ['ours ms', ({ oursMs }) => milliseconds(oursMs)],
  ['PyTorch f32 ms', ({ torchMs }) => milliseconds(torchMs)],
  ['PyTorch bf16 ms', ({ torchBf16Ms }) => milliseconds(torchBf16Ms)],
  ['ours / f32', (result) => ratio(result.ratio, result.pairs)],
  ['ours / bf16', (result) => ratio(result.ratioBf16, result.pairsBf16)],
  ['integers ms', ({ quantised }) => milliseconds(quantised?.ms ?? null)],
  ['integers / ours', ({ quantised }) => ratio(quantised?.ratio ?? null, quantised?.pairs ?? null)],
  ['GEMM share', ({ gemmShare }) => percent(gemmShare)],
  ['peak MB', ({ peakMB }) => peakMB.toFixed(0)],
  ['GFLOP/s', ({ gigaflops }) => gigaflops.toFixed(0)],
  ['of 2048^3', ({ shareOfProduct }) => percent(shareOfProduct)],
];

/** Rows as text with aligned columns: the first to the left, the rest to the right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Results as a table for people. */
export const resultTable = (results: readonly BenchResult[]): string =>
  aligned([
    columns.map(([title]) => title),
    ...results.map((result) => columns.map(([, cell]) => cell(result))),
  ]);

/** The dearest kernels of a profile as a table for people: share of all kernel time. */
export const kernelTable = ({ totalMs, byOpMs }: KernelTimes, rows: number): string =>
  aligned([
    ['kernel', 'share'],
    ...Object.entries(byOpMs)
      .slice(0, rows)
      .map(([op, ms]) => [op, percent(ms / totalMs)]),
  ]);

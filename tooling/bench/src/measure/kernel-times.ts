import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError } from '@q-anchor/core';

import type { KernelTime } from './timing.js';

/** An entry of the runtime's trace; durations are in microseconds. */
interface TraceEvent {
  readonly cat?: string;
  readonly name?: string;
  readonly dur?: number;
  readonly args?: { readonly op_name?: string };
}

/**
 * Kernel times by op from the events of a trace, the dearest first.
 *
 * @param events - the trace
 * @param runs - runs it holds; times and calls are divided by them
 */
export function kernelTimesOf(events: readonly TraceEvent[], runs: number): KernelTime[] {
  const byOp = new Map<string, { microseconds: number; calls: number }>();
  for (const { cat, name, dur = 0, args } of events) {
    if (cat !== 'Node' || !name?.endsWith('_kernel_time')) continue;
    const op = args?.op_name ?? 'unknown';
    const sum = byOp.get(op) ?? { microseconds: 0, calls: 0 };
    sum.microseconds += dur;
    sum.calls++;
    byOp.set(op, sum);
  }
  return [...byOp]
    .map(([op, { microseconds, calls }]) => ({
      op,
      ms: microseconds / 1000 / runs,
      calls: calls / runs,
    }))
    .toSorted((a, b) => b.ms - a.ms);
}

/**
 * Kernel times from the trace files in a folder.
 *
 * @param folder - holds the traces alone
 * @param runs - runs they hold
 * @throws {@link InputError} if there is none
 */
export async function kernelTimesIn(folder: string, runs: number): Promise<KernelTime[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json'));
  if (files.length === 0) {
    throw new InputError({ where: folder, expected: 'a profile', found: 'no .json file' });
  }
  const traces = await Promise.all(
    files.map(
      async (file) => JSON.parse(await readFile(join(folder, file), 'utf8')) as TraceEvent[],
    ),
  );
  return kernelTimesOf(traces.flat(), runs);
}

/** Share of matrix products in the time of all kernels, 0 to 1; null where none took any time. */
export function gemmShareOf(times: readonly KernelTime[]): number | null {
  const total = times.reduce((sum, { ms }) => sum + ms, 0);
  if (total === 0) return null;
  const products = times.filter(({ op }) => /^(Fused)?(Gemm|MatMul)/.test(op));
  return products.reduce((sum, { ms }) => sum + ms, 0) / total;
}

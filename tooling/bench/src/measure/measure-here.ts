import type { KernelTimes } from '@q-anchor/backend';

import { median } from '../median.js';
import { prepare } from '../workloads/prepare.js';
import type { QuantisedWeights, Workload } from '../workloads/workload.js';
import type { Timing } from './timing.js';

/** How often a workload is run, and on how many threads. */
export interface MeasureOptions {
  /** Timed runs; one more goes before them, untimed. */
  readonly runs: number;
  /** Threads of one run; the engine's own choice by default. */
  readonly threads?: number;
  /** Integers that frozen weights are quantised to; floats by default. */
  readonly weights?: QuantisedWeights;
}

/** Times a workload in this process. */
export async function timingHere(workload: Workload, options: MeasureOptions): Promise<Timing> {
  const { runs, ...engineOptions } = options;
  const prepared = await prepare(workload, engineOptions);
  const milliseconds: number[] = [];
  try {
    await prepared.run();
    for (let i = 0; i < runs; i++) {
      const startedAt = performance.now();
      await prepared.run();
      milliseconds.push(performance.now() - startedAt);
    }
  } finally {
    await prepared[Symbol.asyncDispose]();
  }
  return { ms: median(milliseconds), peakMB: process.resourceUsage().maxRSS / 1024 };
}

/** Kernel times of a workload in this process, summed over its runs. */
export async function kernelTimesHere(
  workload: Workload,
  options: MeasureOptions,
): Promise<KernelTimes> {
  const { runs, ...engineOptions } = options;
  const prepared = await prepare(workload, { ...engineOptions, profile: true });
  try {
    for (let i = 0; i < runs; i++) await prepared.run();
    return await prepared.endProfile();
  } finally {
    await prepared[Symbol.asyncDispose]();
  }
}

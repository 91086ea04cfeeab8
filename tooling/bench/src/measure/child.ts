import type { KernelTimes } from '@q-anchor/backend';

import type { Workload } from '../workloads/workload.js';
import { kernelTimesHere, timingHere, type MeasureOptions } from './measure-here.js';
import { ownProcess } from './own-process.js';
import type { Timing } from './timing.js';

/** What a child process does. */
interface ChildTask extends MeasureOptions {
  readonly job: 'timing' | 'kernel-times';
  readonly workload: Workload;
}

/** The sub-command that makes this program measure one workload and answer with a JSON line. */
export const childCommand = 'child';

/** The child's side: does the task and returns its answer. */
export function childAnswer(taskText: string): Promise<Timing | KernelTimes> {
  const { job, workload, ...options } = JSON.parse(taskText) as ChildTask;
  return job === 'timing' ? timingHere(workload, options) : kernelTimesHere(workload, options);
}

/** Measures workloads in processes of their own. */
export interface ChildMeasurer {
  /** Times a workload. */
  timing(workload: Workload, options: MeasureOptions): Promise<Timing>;
  /** Profiles a workload. */
  kernelTimes(workload: Workload, options: MeasureOptions): Promise<KernelTimes>;
}

/**
 * The parent's side. Each measurement starts a fresh process, so that idle threads of one
 * measurement spin beside no other.
 *
 * @param entry - URL of the file that was started
 * @param signal - ends the running child
 */
export function createChildMeasurer(entry: string, signal?: AbortSignal): ChildMeasurer {
  const ask = (task: ChildTask): Promise<unknown> =>
    ownProcess(entry, {
      command: childCommand,
      task,
      what: `our measurement of ${task.workload.name}`,
      signal,
    });
  return {
    timing: async (workload, options) =>
      (await ask({ job: 'timing', workload, ...options })) as Timing,
    kernelTimes: async (workload, options) =>
      (await ask({ job: 'kernel-times', workload, ...options })) as KernelTimes,
  };
}

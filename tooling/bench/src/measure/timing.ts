/** What one process measured of one workload. */
export interface Timing {
  /** Median duration of a run, in milliseconds. */
  readonly ms: number;
  /** Largest resident size of the process, in MiB. */
  readonly peakMB: number;
}

/** Duration and count of a kind of kernel. */
export interface KernelTime {
  /** The op's name in the runtime. */
  readonly op: string;
  /** Milliseconds, over all its calls in one run. */
  readonly ms: number;
  /** Calls in one run. */
  readonly calls: number;
}

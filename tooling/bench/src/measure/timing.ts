/** What one process measured of one workload. */
export interface Timing {
  /** Median duration of a run, in milliseconds. */
  readonly ms: number;
  /** Largest resident size of the process, in MiB. */
  readonly peakMB: number;
}

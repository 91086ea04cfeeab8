/** A piece of a request that one run can do. */
export interface Part<Job> {
  /** What is to be done. */
  readonly job: Job;
  /** What runs it: parts of one run share it. */
  readonly group: object;
  /** Its prefix; parts with one prefix share a row. */
  readonly prefix: string;
  /** Tokens of the prefix. */
  readonly prefixTokens: number;
  /** Tokens behind the prefix. */
  readonly suffixTokens: number;
}

/** Limits of a run. */
export interface RunLimits {
  /** Tokens at most, padding counted: `rows * (longest prefix + longest suffix)`. */
  readonly maxRunTokens: number;
  /** Share of prefix tokens that may be padding, in `[0, 1)`. */
  readonly maxPaddingShare: number;
}

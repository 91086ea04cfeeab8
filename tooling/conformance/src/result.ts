/** How a golden fared. */
type Verdict = 'pass' | 'miss' | 'absent' | 'failed' | 'skipped';

/** One line of the report. */
export interface Row {
  /** Golden, quantity and precision, e.g. `qwen2 base hidden states f32`. */
  readonly name: string;
  /** Largest relative error of its tensors; none where nothing was computed. */
  readonly error?: number;
  /** The error allowed. */
  readonly tolerance?: number;
  /** `pass` or `miss`; or why there is no error: no file, failure, code yet to be built. */
  readonly verdict: Verdict;
  /** What to know beside it. */
  readonly remark?: string;
}

/** Whether a row leaves the run in good standing. */
export const isInOrder = ({ verdict }: Row): boolean => verdict === 'pass' || verdict === 'skipped';

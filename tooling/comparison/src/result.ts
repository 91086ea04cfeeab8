/** Largest difference allowed, relative and absolute. */
export const tolerance = 1e-4;

/** One line of the table. */
export interface Row {
  /** Which model, or which files. */
  readonly name: string;
  /** What is compared. */
  readonly quantity: string;
  /** Length of the difference by the length of theirs; undefined where equality is asked for. */
  readonly relative?: number;
  /** Largest absolute difference of an element. */
  readonly absolute?: number;
  /** Whether it is within the tolerance. */
  readonly isMet: boolean;
  /** What to know beside it. */
  readonly remark?: string;
}

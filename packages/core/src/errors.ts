const marker = 'q-anchor.error';

const isBranded = (error: unknown, name: string): boolean =>
  typeof error === 'object' && error !== null && Symbol.for(name) in error;

/** Base of every error thrown by an `@q-anchor/*` package. */
export class QAnchorError extends Error {
  /** Stable machine-readable code, e.g. `'SHAPE_MISMATCH'`. */
  readonly code: string;

  /** @internal */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    for (const name of [marker, `${marker}.${code}`]) {
      Object.defineProperty(this, Symbol.for(name), { value: true });
    }
  }

  /** Whether `error` comes from this library; unlike `instanceof`, also across duplicate copies. */
  static isInstance(error: unknown): error is QAnchorError {
    return isBranded(error, marker);
  }
}

/** Two arrays or tensors whose shapes had to agree did not. */
export class ShapeError extends QAnchorError {
  /** What was required, dimension by dimension; a string is a symbol or a rule. */
  readonly expected: ReadonlyArray<number | string>;
  /** What was received. */
  readonly actual: ReadonlyArray<number | string>;

  /** @internal */
  constructor(
    where: string,
    expected: ReadonlyArray<number | string>,
    actual: ReadonlyArray<number | string>,
  ) {
    super(
      'SHAPE_MISMATCH',
      `${where}: expected shape [${expected.join(', ')}], got [${actual.join(', ')}]`,
    );
    this.expected = expected;
    this.actual = actual;
  }

  /** Whether `error` is a {@link ShapeError}. */
  static override isInstance(error: unknown): error is ShapeError {
    return isBranded(error, `${marker}.SHAPE_MISMATCH`);
  }
}

/** What an {@link InputError} is built from. */
export interface InputProblem {
  /** Where the bad input stands: a file, a manifest key, an option, a tensor name. */
  readonly where: string;
  /** What was expected there. */
  readonly expected: string;
  /** What was found instead. */
  readonly found: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** Something a caller or a user handed in is wrong; nothing was changed because of it. */
export class InputError extends QAnchorError implements InputProblem {
  /** Where the bad input stands. */
  readonly where: string;
  /** What was expected there. */
  readonly expected: string;
  /** What was found instead. */
  readonly found: string;
  /** What to do about it; empty where the message says it all. */
  readonly fix: string;

  /** @internal */
  constructor(problem: InputProblem, options?: ErrorOptions) {
    const { where, expected, found, fix = '' } = problem;
    const advice = fix === '' ? '' : `. ${fix}`;
    super('BAD_INPUT', `${where}: expected ${expected}, found ${found}${advice}`, options);
    this.where = where;
    this.expected = expected;
    this.found = found;
    this.fix = fix;
  }

  /** Whether `error` is an {@link InputError}. */
  static override isInstance(error: unknown): error is InputError {
    return isBranded(error, `${marker}.BAD_INPUT`);
  }
}

/** A device, an engine or an optional package is not there. */
export class UnavailableError extends QAnchorError {
  /** What is missing. */
  readonly what: string;
  /** What to install or to set. */
  readonly fix: string;

  /** @internal */
  constructor(what: string, reason: string, fix: string, options?: ErrorOptions) {
    super('UNAVAILABLE', `${what} is unavailable: ${reason}. ${fix}`, options);
    this.what = what;
    this.fix = fix;
  }

  /** Whether `error` is an {@link UnavailableError}. */
  static override isInstance(error: unknown): error is UnavailableError {
    return isBranded(error, `${marker}.UNAVAILABLE`);
  }
}

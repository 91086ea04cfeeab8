import { QAnchorError } from '@q-anchor/core';

/** Running or compiling a program failed inside the engine; `cause` is what the engine threw. */
export class EngineError extends QAnchorError {
  /** The program's name, or what else failed. */
  readonly program: string;

  /** @internal */
  constructor(program: string, reason: string, options?: ErrorOptions) {
    super('ENGINE_FAILED', `${program}: ${reason}`, options);
    this.program = program;
  }

  /** Whether `error` is an {@link EngineError}. */
  static override isInstance(error: unknown): error is EngineError {
    return QAnchorError.isInstance(error) && error.code === 'ENGINE_FAILED';
  }
}

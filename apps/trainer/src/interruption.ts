/** Exit code of a command that was stopped by a signal, as shells have it for Ctrl-C. */
export const interruptedExitCode = 130;

/**
 * A signal that aborts at the first SIGINT or SIGTERM, so that work can be saved. A second one ends
 * the process at once.
 */
export function interruptionSignal(process: NodeJS.Process): {
  readonly signal: AbortSignal;
  /** Aborts, as the first signal does, for another reason. */
  abort(reason: Error): void;
  /** Hears no further signals. */
  stop(): void;
} {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(interruptedExitCode);
    controller.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    stop: () => process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
}

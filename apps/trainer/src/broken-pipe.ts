/** Exit code of a command whose reader left, as shells have it for SIGPIPE. */
export const brokenPipeExitCode = 141;

/** Whoever reads the output has left. */
export class BrokenPipeError extends Error {
  override readonly name = 'BrokenPipeError';
}

/**
 * Ends a command quietly when whoever reads its output has left, as in `q-anchor --help | head -1`:
 * work is stopped as by Ctrl-C, so that what can be saved is saved, and nothing is said about it.
 *
 * @param process - its stdout and stderr are watched
 * @param stop - stops the work, for the reason given
 */
export function watchPipes(
  process: NodeJS.Process,
  stop: (reason: BrokenPipeError) => void,
): { readonly isBroken: boolean } {
  let isBroken = false;
  const onError = (error: NodeJS.ErrnoException): void => {
    // After the first error the stream may complain of each further write.
    if (isBroken) return;
    if (error.code !== 'EPIPE') throw error;
    isBroken = true;
    process.exitCode = brokenPipeExitCode;
    stop(new BrokenPipeError('The reader of the output has left', { cause: error }));
  };
  process.stdout.on('error', onError);
  process.stderr.on('error', onError);
  return {
    get isBroken() {
      return isBroken;
    },
  };
}

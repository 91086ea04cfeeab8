/** The longest that a process waits for its worker when it exits. */
const longestWaitMs = 10_000;

/** A count that threads share. */
export const sharedCount = (value: number): Int32Array => {
  const count = new Int32Array(new SharedArrayBuffer(4));
  count[0] = value;
  return count;
};

/**
 * Holds up the exit of this process until a count is zero. A thread that is stopped inside ONNX
 * Runtime aborts the process, whatever exit code it wanted; so the run that is on ends first.
 *
 * @param count - from {@link sharedCount}; whoever lowers it notifies
 * @returns a function that takes the hold off
 */
export function waitAtExit(count: Int32Array): () => void {
  const wait = (): void => {
    const endsAt = performance.now() + longestWaitMs;
    for (let left = Atomics.load(count, 0); left > 0; left = Atomics.load(count, 0)) {
      if (Atomics.wait(count, 0, left, endsAt - performance.now()) === 'timed-out') return;
    }
  };
  process.once('exit', wait);
  return () => {
    process.off('exit', wait);
  };
}

/** Work that nobody waits for until the end. */
export interface Background {
  /** Begins a task; if it rejects, that is counted and forgotten. */
  begin(task: () => Promise<unknown>): void;
  /** Settles when all that was begun has ended. */
  ended(): Promise<void>;
}

/**
 * Nothing to do yet.
 *
 * @param failed - hears of each task that rejects
 */
export function createBackground(failed: () => void): Background {
  const running = new Set<Promise<void>>();
  const run = async (task: () => Promise<unknown>): Promise<void> => {
    try {
      await task();
    } catch {
      failed();
    }
  };
  const leave = async (done: Promise<void>): Promise<void> => {
    await done;
    running.delete(done);
  };
  return {
    begin(task) {
      const done = run(task);
      running.add(done);
      void leave(done);
    },
    async ended() {
      await Promise.all(running);
    },
  };
}

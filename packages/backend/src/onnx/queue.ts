/** Runs tasks one after the other, in the order in which they were added. */
export type Queue = <T>(task: () => Promise<T>) => Promise<T>;

/** An empty queue. A task that fails does not hold up the next. */
export function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  };
}

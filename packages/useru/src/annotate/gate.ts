/** Lets a limited number of works run at once; the others wait in order. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/** A gate for `limit` works at once. */
export function createGate(limit: number): Gate {
  let running = 0;
  const waiting: Array<() => void> = [];
  return async (work) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

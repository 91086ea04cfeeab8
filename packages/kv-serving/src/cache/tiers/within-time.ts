/**
 * What a promise gives, in time; what it gives later is let go.
 *
 * @param pending - the promise
 * @param limitMs - milliseconds
 * @throws an error after the limit; what the promise throws before
 */
export async function withinTime<T>(pending: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([pending, late]);
  } finally {
    clearTimeout(timer);
  }
}

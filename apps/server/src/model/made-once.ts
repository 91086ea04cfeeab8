/** Something that is made when it is first asked for. */
export interface MadeOnce<T> extends AsyncDisposable {
  get(): Promise<T>;
}

/**
 * Makes something once, when first asked for; where that failed, the next one asking tries again.
 *
 * @param make - makes it
 */
export function madeOnce<T extends AsyncDisposable>(make: () => Promise<T>): MadeOnce<T> {
  let made: Promise<T> | undefined;
  return {
    async get() {
      made ??= make();
      const mine = made;
      try {
        return await mine;
      } catch (error) {
        if (made === mine) made = undefined;
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      // Of what could not be made there is nothing to dispose, and its callers have heard.
      const kept = await made?.catch(() => undefined);
      await kept?.[Symbol.asyncDispose]();
    },
  };
}

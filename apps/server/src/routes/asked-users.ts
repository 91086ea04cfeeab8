import { UnknownUserError } from '@q-anchor/kv-serving';

/** Requests of one caller under way at a time, so that those of others don't wait for all of them. */
const underWay = 8;

/**
 * So many of some ids, evenly along their order.
 *
 * @param ids - in any order
 * @param limit - how many at most
 */
export function evenlyChosen(ids: readonly string[], limit: number): readonly string[] {
  const sorted = ids.toSorted();
  if (sorted.length <= limit) return sorted;
  return Array.from({ length: limit }, (_, i) => sorted[Math.floor((i * sorted.length) / limit)]!);
}

/**
 * Asks for each of some users, a few at a time. One that was deleted meanwhile is left out.
 *
 * @param ids - the users
 * @param ask - what is asked for each
 * @returns in the order of `ids`
 */
export async function eachUser<T>(
  ids: readonly string[],
  ask: (id: string) => Promise<T>,
): Promise<readonly { readonly id: string; readonly answer: T }[]> {
  const answers: ({ readonly id: string; readonly answer: T } | undefined)[] = ids.map(
    () => undefined,
  );
  const places = ids.entries();
  let isFailed = false;
  const worker = async (): Promise<void> => {
    for (const [place, id] of places) {
      if (isFailed) return;
      try {
        answers[place] = { id, answer: await ask(id) };
      } catch (error) {
        if (UnknownUserError.isInstance(error)) continue;
        isFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(underWay, ids.length) }, worker));
  return answers.filter((one) => one !== undefined);
}

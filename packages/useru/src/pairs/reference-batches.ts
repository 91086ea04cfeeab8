import type { UserProfile } from '@q-anchor/core';

import type { Dataset, SplitReference } from '../dataset/dataset.js';
import type { Action } from '../future/action.js';
import { spokenName } from '../future/one-line.js';

/** One reference with what pairs are made of. */
export interface ReferenceView {
  /** The reference. */
  readonly reference: SplitReference;
  /** What is known of the user at the reference. */
  readonly profile: UserProfile;
  /** Actions of the window before it (`timeDays < 0`). */
  readonly past: readonly Action[];
  /** Actions at or after it (`timeDays >= 0`): for answers of D_future alone. */
  readonly later: readonly Action[];
}

/** Profiles and actions of so many references are held in memory together. */
export const maxReferencesAtOnce = 256;

/** For how many days after a reference its actions are recorded. */
export function observedDays(reference: SplitReference, dataEndDays: number): number {
  return (reference.observedUntilDays ?? dataEndDays) - reference.referenceDays;
}

/**
 * Reads profiles and actions of references side by side, in the order given; categories by the names
 * that pairs call them.
 *
 * @yields batches of references
 */
export async function* referenceBatches(
  dataset: Dataset,
  references: readonly SplitReference[],
  options: {
    readonly toDays: number;
    /** References read together. */
    readonly batchSize: number;
    readonly signal?: AbortSignal | undefined;
  },
): AsyncGenerator<ReferenceView[]> {
  const { toDays, batchSize, signal } = options;
  const batch = {
    batchSize,
    ...(signal === undefined ? {} : { signal }),
  };
  const fromDays = -Math.max(dataset.info.windowDays, toDays);
  const reader = dataset.actions(references, { ...batch, fromDays, toDays });
  const actions = reader[Symbol.asyncIterator]();
  let start = 0;
  try {
    for await (const profiles of dataset.profiles(references, batch)) {
      const next = await actions.next();
      const lists = next.done === true ? [] : next.value;
      const first = start;
      start += profiles.length;
      yield profiles.map((profile, i) => {
        const all = (lists[i]?.actions ?? []).map((action) => ({
          ...action,
          category: spokenName(action.category),
        }));
        const firstLater = all.findIndex(({ timeDays }) => timeDays >= 0);
        const split = firstLater < 0 ? all.length : firstLater;
        return {
          reference: references[first + i]!,
          profile,
          past: all.slice(0, split),
          later: all.slice(split),
        };
      });
    }
  } finally {
    await actions.return?.();
  }
}

import type { UserProfile } from '@q-anchor/core';

import { eventShares } from './event-shares.js';
import type { QueryAttention } from './query-attention.js';

/** An event that much attention goes to. */
export interface TopEvent {
  /** Its modality. */
  readonly modality: string;
  /** Its text; of the profile's columns, their names. */
  readonly text: string;
  /** Days before the reference time; 0 of the profile's columns. */
  readonly daysBefore: number;
  /** Its share of the attention: behind tuned prompts where there are any. */
  readonly share: number;
  /** Its share without prompts, where there are any. */
  readonly shareBefore?: number;
}

/** What names an event of a user. */
const keyOf = ({ modality, index }: { modality: string; index: number }): string =>
  `${index} ${modality}`;

/** Shares of events, mean over several questions. */
function meanEventShares(attention: readonly QueryAttention[]): ReadonlyMap<string, number> {
  const means = new Map<string, number>();
  for (const one of attention) {
    for (const event of eventShares(one)) {
      const former = means.get(keyOf(event)) ?? 0;
      means.set(keyOf(event), former + event.share / attention.length);
    }
  }
  return means;
}

/**
 * The events of a user that most attention goes to, the most first.
 *
 * @param profile - the user
 * @param options - attention without prompts, by question, and behind prompts; how many events
 */
export function topEvents(
  profile: UserProfile,
  options: {
    readonly before: readonly QueryAttention[];
    readonly after?: readonly QueryAttention[] | undefined;
    readonly count: number;
  },
): readonly TopEvent[] {
  const { before, after, count } = options;
  const untuned = meanEventShares(before);
  const tuned = after && meanEventShares(after);
  const all = eventShares((after ?? before)[0]!).map(({ modality, index }): TopEvent => {
    const key = keyOf({ modality, index });
    const event = profile.events[modality]?.[index];
    return {
      modality,
      text: event?.text ?? Object.keys(profile.tabular).join(', '),
      daysBefore: event ? profile.referenceDays - event.timeDays : 0,
      share: (tuned ?? untuned).get(key)!,
      ...(tuned && { shareBefore: untuned.get(key)! }),
    };
  });
  return all.toSorted((a, b) => b.share - a.share).slice(0, count);
}

import type { Random, UserProfile } from '@q-anchor/core';
import type { UserTokensConfig } from '@q-anchor/user-tokens';

import { eventsByModality, eventSequence } from './event-sequence.js';

/** A user up to some event, and that event in words. */
export interface NextEvent {
  readonly profile: UserProfile;
  /**
   * Its text alone, so that the first word, which the embedding has to foretell, says what happens and
   * not merely where. Empty where a user has no event that follows another.
   */
  readonly text: string;
}

/**
 * A user before an event drawn from the later half of its events, and that event. The reference time
 * becomes the event's: nothing at or after it is in the profile. Columns of the profile are left out:
 * they are known of the later reference only.
 */
export function drawnNextEvent(
  profile: UserProfile,
  { config, random }: { readonly config: Pick<UserTokensConfig, 'modalities'>; random: Random },
): NextEvent {
  const sequence = eventSequence(profile, config);
  if (sequence.length < 2) {
    const events = eventsByModality(sequence, config);
    return { profile: { ...profile, events, tabular: {} }, text: '' };
  }
  const earliest = Math.max(1, Math.floor(sequence.length / 2));
  const next = sequence[earliest + random.integer(sequence.length - earliest)]!;
  const { timeDays: referenceDays, text } = next.event;
  const before = sequence.filter(({ event }) => event.timeDays < referenceDays);
  return {
    profile: {
      ...profile,
      referenceDays,
      events: eventsByModality(before, config),
      tabular: {},
    },
    text,
  };
}

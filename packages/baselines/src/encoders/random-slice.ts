import type { Random, UserProfile } from '@q-anchor/core';
import type { UserTokensConfig } from '@q-anchor/user-tokens';

import { eventsByModality, eventSequence } from './event-sequence.js';

/** Shares of a user's events that a slice has at least and at most. */
const [least, most] = [0.25, 0.75];

/**
 * A random slice of a user: events that follow one another in time, whatever their modality; between a
 * quarter and three quarters of them, at least one. Length and start are drawn evenly.
 *
 * The reference time becomes that of the first later event behind the slice, as if the user were
 * embedded then: ages say how long before that something was, and not where in the user's time the slice
 * lies. Behind the last event it is the user's own. Columns of the profile are left out: they are the
 * same in all slices of a user and would tell them apart from others' alone.
 *
 * Source: Babaev et al. 2022 (CoLES), random slices of one sequence.
 */
export function randomSlice(
  profile: UserProfile,
  { config, random }: { readonly config: Pick<UserTokensConfig, 'modalities'>; random: Random },
): UserProfile {
  const sequence = eventSequence(profile, config);
  const [shortest, longest] = [least, most].map((share) =>
    Math.max(1, Math.round(share * sequence.length)),
  ) as [number, number];
  const length = Math.min(sequence.length, shortest + random.integer(longest - shortest + 1));
  const start = random.integer(sequence.length - length + 1);
  const slice = sequence.slice(start, start + length);
  const end = slice.at(-1)?.event.timeDays ?? profile.referenceDays;
  const next = sequence.slice(start + length).find(({ event }) => event.timeDays > end);
  const referenceDays = next?.event.timeDays ?? profile.referenceDays;
  return { ...profile, referenceDays, events: eventsByModality(slice, config), tabular: {} };
}

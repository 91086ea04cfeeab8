import type { Random, UserProfile } from '@q-anchor/core';
import type { UserTokensConfig } from '@q-anchor/user-tokens';

import { eventsByModality, eventSequence } from './event-sequence.js';

/** Shares of a user's events that a slice has at least and at most. */
const [least, most] = [0.25, 0.75];

/**
 * A random slice of a user: events that follow one another in time, whatever their modality; between a
 * quarter and three quarters of them, at least one. Length and start are drawn evenly.
 *
 * The reference time stays, so that ages are of the kind that embedding meets. Columns of the profile
 * are left out: they are the same in all slices of a user and would tell them apart from others' alone.
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
  const events = eventsByModality(sequence.slice(start, start + length), config);
  return { ...profile, events, tabular: {} };
}

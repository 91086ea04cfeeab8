import type { UserEvent, UserProfile } from '@q-anchor/core';
import { keptEvents, type UserTokensConfig } from '@q-anchor/user-tokens';

/** An event and its modality. */
export interface SequenceEvent {
  readonly modality: string;
  readonly event: UserEvent;
}

/** A profile's events that a model would read, of all modalities, oldest first. */
export function eventSequence(
  profile: UserProfile,
  config: Pick<UserTokensConfig, 'modalities'>,
): readonly SequenceEvent[] {
  const kept = keptEvents(profile, config);
  return config.modalities
    .flatMap(({ name }, m) => kept[m]!.map((event) => ({ modality: name, event })))
    .toSorted((a, b) => a.event.timeDays - b.event.timeDays);
}

/** Events by modality again. */
export function eventsByModality(
  sequence: readonly SequenceEvent[],
  config: Pick<UserTokensConfig, 'modalities'>,
): UserProfile['events'] {
  return Object.fromEntries(
    config.modalities.map(({ name }) => [
      name,
      sequence.flatMap(({ modality, event }) => (modality === name ? [event] : [])),
    ]),
  );
}

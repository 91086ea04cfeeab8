import type { UserEvent, UserProfile } from '@q-anchor/core';

import type { UserTokensConfig } from '../config.js';

/**
 * Places of a profile's kept events in its lists, by modality, in the order of {@link keptEvents}.
 *
 * @param profile - the user; a modality it lacks is empty
 * @param config - modalities and caps
 */
export function keptEventIndices(
  profile: UserProfile,
  config: Pick<UserTokensConfig, 'modalities'>,
): readonly (readonly number[])[] {
  return config.modalities.map(({ name, maxEvents }) => {
    const events = profile.events[name] ?? [];
    const sorted = [...events.keys()]
      .filter((index) => events[index]!.timeDays < profile.referenceDays)
      .toSorted((a, b) => events[a]!.timeDays - events[b]!.timeDays);
    return sorted.slice(Math.max(0, sorted.length - maxEvents));
  });
}

/**
 * A profile's events that become tokens, by modality: the newest `maxEvents` of those before the
 * reference time, oldest first. Events at the same time keep the order they came in; one at or
 * after the reference time, or without a time, is left out.
 *
 * @param profile - the user; a modality it lacks is empty
 * @param config - modalities and caps
 */
export function keptEvents(
  profile: UserProfile,
  config: Pick<UserTokensConfig, 'modalities'>,
): readonly (readonly UserEvent[])[] {
  const indices = keptEventIndices(profile, config);
  return config.modalities.map(({ name }, m) =>
    indices[m]!.map((index) => profile.events[name]![index]!),
  );
}

import type { UserEvent, UserProfile } from '@q-anchor/core';

import type { UserTokensConfig } from '../config.js';

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
  config: UserTokensConfig,
): readonly (readonly UserEvent[])[] {
  return config.modalities.map(({ name, maxEvents }) => {
    const events = (profile.events[name] ?? []).filter(
      ({ timeDays }) => timeDays < profile.referenceDays,
    );
    const sorted = events.toSorted((a, b) => a.timeDays - b.timeDays);
    return sorted.slice(Math.max(0, sorted.length - maxEvents));
  });
}

import type { UserProfile } from '@q-anchor/core';
import { keptEvents, type UserTokensConfig } from '@q-anchor/user-tokens';

import { prefixKey } from '../cache/prefix-key.js';

/**
 * Digest of all that a user's vectors are made of beside the queries: what {@link prefixKey} has, but for
 * the reference time of a user without events, which nothing depends on.
 *
 * @param reader - digest of model and queries
 * @param profile - the user at the effective reference time
 * @param config - the model's caps and features
 */
export const refreshKey = (
  reader: string,
  profile: UserProfile,
  config: Pick<UserTokensConfig, 'modalities' | 'timeFeatures'>,
): string => {
  const isEmpty = keptEvents(profile, config).every((list) => list.length === 0);
  return prefixKey(reader, profile, {
    modalities: config.modalities,
    timeFeatures: config.timeFeatures && !isEmpty,
  });
};

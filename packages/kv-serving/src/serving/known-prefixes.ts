import type { UserProfile } from '@q-anchor/core';
import { prefixTokens } from '@q-anchor/user-tokens';

import { prefixKey } from '../cache/prefix-key.js';
import type { Reader } from './reader.js';

/** A prefix by its key, and how long it is. */
interface KnownPrefix {
  /** Digest of all that makes it. */
  readonly key: string;
  /** Its tokens. */
  readonly length: number;
}

/** Keys of users' prefixes, which take longer to compute than all else of a warm request. */
export interface KnownPrefixes {
  /**
   * The prefix of a user.
   *
   * @param profile - the user at a reference time
   * @param options - what reads it; a token of the user's state, another one after each change
   */
  of(
    profile: UserProfile,
    options: { readonly reader: Reader; readonly version: object | undefined },
  ): KnownPrefix;
}

/** Readers and reference times that are remembered of a user's state. */
const remembered = 8;

/** None yet. They are forgotten with the state of the user that they are of. */
export function createKnownPrefixes(): KnownPrefixes {
  const byVersion = new WeakMap<object, Map<string, KnownPrefix>>();
  return {
    of(profile, { reader, version }) {
      const known = version && (byVersion.get(version) ?? new Map<string, KnownPrefix>());
      const name = `${reader.digest} ${profile.referenceDays}`;
      const found = known?.get(name);
      if (found) return found;
      const { config, collate } = reader.model;
      const made = {
        key: prefixKey(reader.digest, profile, config.users),
        length: prefixTokens(profile, { ...collate, config: config.users }).length,
      };
      if (known && version) {
        const [oldest] = known.keys();
        if (known.size >= remembered) known.delete(oldest!);
        byVersion.set(version, known.set(name, made));
      }
      return made;
    },
  };
}

import type { UserProfile } from '@q-anchor/core';

/** What never leaves the machine. */
export interface PrivateParts {
  /** Modalities, whole. */
  readonly modalities: readonly string[];
  /** Profile features. */
  readonly columns: readonly string[];
}

/** Ids shorter than this are no secret by themselves, and would blot out numbers and words. */
const minIdCharacters = 3;

/**
 * A profile as it may be sent to somebody else: without an id, without private modalities and
 * columns, and with the user's own id masked wherever a text or a feature repeats it.
 */
export function publicProfile(profile: UserProfile, parts: PrivateParts): UserProfile {
  const { userId } = profile;
  const pattern =
    userId.length < minIdCharacters
      ? undefined
      : new RegExp(
          `(?<![\\p{L}\\p{N}])${userId.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`)}(?![\\p{L}\\p{N}])`,
          'giu',
        );
  const masked = (text: string): string =>
    pattern === undefined ? text : text.replaceAll(pattern, '[id]');
  return {
    userId: '',
    referenceDays: profile.referenceDays,
    events: Object.fromEntries(
      Object.entries(profile.events)
        .filter(([modality]) => !parts.modalities.includes(modality))
        .map(([modality, events]) => [
          modality,
          events.map((event) => ({ ...event, text: masked(event.text) })),
        ]),
    ),
    tabular: Object.fromEntries(
      Object.entries(profile.tabular)
        .filter(([column]) => !parts.columns.includes(column))
        .map(([column, value]) => [
          column,
          value === null || (typeof value === 'number' && `${value}` !== userId)
            ? value
            : masked(`${value}`),
        ]),
    ),
  };
}

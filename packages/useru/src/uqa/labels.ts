import type { UserProfile } from '@q-anchor/core';

import type { Action } from '../future/action.js';
import { oneLine } from '../future/one-line.js';

/** A text of more characters or words is a description, not the name of a place or a thing. */
const maxCharacters = 60;
const maxWords = 8;

/**
 * A text of an event as a name that can stand in a sentence: control and formatting characters out,
 * spaces single. None for texts too long to be a name, or empty.
 */
export function labelOf(text: string): string | undefined {
  if (text.length > 2 * maxCharacters) return undefined;
  if (!remembered.has(text)) {
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(text, readLabel(text));
  }
  return remembered.get(text);
}

/** Events repeat few texts. */
const remembered = new Map<string, string | undefined>();
const maxRemembered = 20_000;

const readLabel = (text: string): string | undefined => {
  const label = oneLine(text);
  const isName = label !== '' && label.length <= maxCharacters;
  return isName && label.split(' ').length <= maxWords ? label : undefined;
};

const timeKey = (timeDays: number): number => Math.round(timeDays * 1e4);

/**
 * Finds the names behind a profile's actions: the text of the event of the same modality at the same
 * time. Where two events share a time, none is certain and none is given.
 */
export function labelReader(profile: UserProfile): (action: Action) => string | undefined {
  let reader = readers.get(profile);
  if (reader === undefined) readers.set(profile, (reader = createReader(profile)));
  return reader;
}

/** Facts and their check read the names of one profile many times. */
const readers = new WeakMap<UserProfile, (action: Action) => string | undefined>();

const createReader = (profile: UserProfile): ((action: Action) => string | undefined) => {
  const byModality = new Map<string, Map<number, string | undefined>>();
  const readModality = (modality: string): Map<number, string | undefined> => {
    const labels = new Map<number, string | undefined>();
    for (const { timeDays, text } of profile.events[modality] ?? []) {
      const key = timeKey(timeDays - profile.referenceDays);
      labels.set(key, labels.has(key) ? undefined : labelOf(text));
    }
    byModality.set(modality, labels);
    return labels;
  };
  return ({ modality, timeDays }) =>
    (byModality.get(modality) ?? readModality(modality)).get(timeKey(timeDays));
};

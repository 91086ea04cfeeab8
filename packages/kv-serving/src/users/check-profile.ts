import { InputError } from '@q-anchor/core';

import type { ServedEvents, ServedProfile } from './served-event.js';

const shown = (value: unknown): string =>
  typeof value === 'string' ? `"${value.slice(0, 40)}"` : String(value);

/**
 * Checks a user's id.
 *
 * @throws {@link InputError} if it is no text, or empty
 */
function checkUserId(userId: unknown): void {
  if (typeof userId === 'string' && userId !== '') return;
  throw new InputError({ where: 'userId', expected: 'a text', found: shown(userId) });
}

/**
 * Checks events before any of them is taken in.
 *
 * @param events - by modality
 * @param modalities - names of those there are
 * @throws {@link InputError} for an unknown modality, or an event without time or text
 */
export function checkEvents(events: ServedEvents, modalities: ReadonlySet<string>): void {
  for (const [name, list] of Object.entries(events)) {
    if (!modalities.has(name)) {
      const expected = `one of the model's modalities, ${[...modalities].join(', ')}`;
      throw new InputError({ where: 'events', expected, found: shown(name) });
    }
    if (!Array.isArray(list)) {
      throw new InputError({ where: `events.${name}`, expected: 'a list', found: shown(list) });
    }
    for (const [i, event] of list.entries()) {
      if (typeof event !== 'object' || event === null) {
        const where = `events.${name}[${i}]`;
        throw new InputError({ where, expected: 'an event', found: shown(event) });
      }
      const { timeDays, text, value, id } = event;
      const refuse = (key: string, expected: string, found: unknown): InputError =>
        new InputError({ where: `events.${name}[${i}].${key}`, expected, found: shown(found) });
      if (!Number.isFinite(timeDays)) throw refuse('timeDays', 'a time in days', timeDays);
      if (typeof text !== 'string') throw refuse('text', 'a text', text);
      if (value !== undefined && !Number.isFinite(value)) {
        throw refuse('value', 'a number, or none', value);
      }
      if (id !== undefined && (typeof id !== 'string' || id === '')) {
        throw refuse('id', 'a text, or none', id);
      }
    }
  }
}

/**
 * Checks a whole profile.
 *
 * @throws {@link InputError} as {@link checkEvents}, for a bad id, or a column that is neither number,
 * text nor null
 */
export function checkProfile(profile: ServedProfile, modalities: ReadonlySet<string>): void {
  checkUserId(profile.userId);
  checkEvents(profile.events, modalities);
  for (const [name, value] of Object.entries(profile.tabular)) {
    if (value === null || typeof value === 'string' || Number.isFinite(value)) continue;
    const expected = 'a number, a text or null';
    throw new InputError({ where: `tabular.${name}`, expected, found: shown(value) });
  }
}

import { InputError } from '@q-anchor/core';

import type { Retention } from '../users/user-store.js';

const refuse = (where: string, expected: string, found: string): InputError =>
  new InputError({ where, expected, found, fix: 'Create the serving with a larger retention' });

/**
 * Refuses a model that sees more of users than is kept of them.
 *
 * @param seen - the model's modalities, caps and window
 * @param kept - those of the store
 * @throws {@link InputError} if it does
 */
export function checkRetention(seen: Retention, kept: Retention): void {
  if (seen.windowDays > kept.windowDays) {
    const expected = `at most ${kept.windowDays}, the days that are kept`;
    throw refuse("the model's windowDays", expected, `${seen.windowDays}`);
  }
  for (const { name, maxEvents } of seen.modalities) {
    const most = kept.modalities.find((modality) => modality.name === name)?.maxEvents ?? 0;
    if (maxEvents <= most) continue;
    const expected = `at most ${most}, the events that are kept`;
    throw refuse(`the model's maxEvents of ${name}`, expected, `${maxEvents}`);
  }
}

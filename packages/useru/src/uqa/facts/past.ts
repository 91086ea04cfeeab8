import type { UserProfile } from '@q-anchor/core';

import type { Action } from '../../future/action.js';
import type { ModalityWords } from '../../future/modality-words.js';
import type { PeriodScale } from '../../future/scale.js';

/** A profile's past, ready for counting. */
export interface PastBehaviour {
  /** The profile. */
  readonly profile: UserProfile;
  /** Its actions, all of the window. */
  readonly actions: readonly Action[];
  /** How far they reach back. */
  readonly windowDays: number;
  /** Level words' meaning for a window; none: no level words. */
  readonly scale?: PeriodScale;
  /** What texts call the modalities. */
  readonly modalityWords?: ModalityWords | undefined;
}

/** Days since 1970 beyond which a time axis is taken for the calendar, not for days of a course. */
const calendarFromDays = 3650;

/** Whether the days of a profile have weekdays. */
export function isCalendar(profile: UserProfile): boolean {
  return profile.referenceDays >= calendarFromDays;
}

/** How long before the reference each action was. */
export function agesOf(actions: readonly Action[]): number[] {
  return actions.map(({ timeDays }) => -timeDays);
}

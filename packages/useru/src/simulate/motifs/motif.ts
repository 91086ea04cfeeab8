import type { Random } from '@q-anchor/core';

import type { EventLog } from '../event-log.js';
import type { Person } from '../person/person.js';

/** What a motif works with. */
interface Life {
  readonly person: Person;
  readonly days: number;
  readonly random: Random;
  readonly log: EventLog;
}

/** A stream of a person's events that belong together. */
export type Motif = (life: Life) => void;

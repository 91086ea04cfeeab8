import type { Random } from '@q-anchor/core';

import { createEventLog, type EventLog } from './event-log.js';
import { motifs } from './motifs/all-motifs.js';
import { drawPerson, type Person } from './person/person.js';
import { simulatedScenarios } from './scenarios/all-scenarios.js';
import { drawTargets } from './scenarios/targets.js';

/** A person, what they did, and what the scenarios' windows bring. */
export interface SimulatedLife {
  readonly person: Person;
  readonly events: EventLog['events'];
  /** By scenario, in their order: the true probability at the reference, and the draw. */
  readonly outcomes: readonly { readonly probability: number; readonly label: 0 | 1 }[];
}

/** Draws a person and lets them live `days` days, with the reference at the start of one of them. */
export function simulatePerson(
  random: Random,
  { days, referenceDay }: { readonly days: number; readonly referenceDay: number },
): SimulatedLife {
  const person = drawPerson(random.fork('person'), days);
  const log = createEventLog(days, person.hidden);
  for (const [name, motif] of Object.entries(motifs)) {
    motif({ person, days, random: random.fork(`motif/${name}`), log });
  }
  const outcomes = simulatedScenarios.map((scenario) =>
    drawTargets(scenario, {
      person,
      random: random.fork(`scenario/${scenario.name}`),
      log,
      days,
      referenceDay,
    }),
  );
  for (const events of Object.values(log.events)) events.sort((a, b) => a.timeDays - b.timeDays);
  return { person, events: log.events, outcomes };
}

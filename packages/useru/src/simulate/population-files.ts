import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import type { Random, Split } from '@q-anchor/core';

import { drawPerson, profileOf } from './person.js';
import { personEvents, type SimulatedEvent } from './person-events.js';
import { simulatedScenarios, type LaterEvents, type SimulatedScenario } from './scenarios.js';
import { referenceDays, simulationDays, simulationStartDays } from './simulation-manifest.js';
import { simulatedModalities, type SimulatedModality } from './vocabulary.js';

const peoplePerBatch = 100;

/** The split of a person by their place: 60 % train, 15 % validation, 25 % test. */
const splitOf = (index: number): Split => {
  const place = index % 20;
  return place < 12 ? 'train' : place < 15 ? 'validation' : 'test';
};

const eventLine = (userId: string, { timeDays, text, category, value }: SimulatedEvent): string =>
  `${userId},${(simulationStartDays + timeDays).toFixed(4)},${text},${category},${value ?? ''}\n`;

const laterEvents = (
  events: Readonly<Record<SimulatedModality, SimulatedEvent[]>>,
): LaterEvents => {
  const later = simulatedModalities.map((name) => [
    name,
    events[name].filter(({ timeDays }) => timeDays >= referenceDays.scenario),
  ]);
  return Object.fromEntries(later) as LaterEvents;
};

/**
 * Lets people live and writes their files, batch by batch.
 *
 * Each person has a random stream of their own: who they are doesn't depend on how many there are.
 *
 * @returns the scenarios with both labels in every split
 */
export async function writePopulation(
  directory: string,
  options: {
    readonly users: number;
    readonly random: Random;
    readonly signal: AbortSignal | undefined;
    readonly onPeople: (done: number) => void;
  },
): Promise<SimulatedScenario[]> {
  const { users, random, signal, onPeople } = options;
  const files = new Map<string, FileHandle>();
  const labelsSeen = new Set<string>();
  try {
    for (const name of [...simulatedModalities, 'people', 'labels']) {
      files.set(name, await open(join(directory, `${name}.csv`), 'w'));
    }
    for (let start = 0; start < users; start += peoplePerBatch) {
      signal?.throwIfAborted();
      const end = Math.min(users, start + peoplePerBatch);
      const lines = new Map([...files.keys()].map((name): [string, string[]] => [name, []]));
      for (let index = start; index < end; index++) {
        const own = random.fork(`person/${index}`);
        const userId = `u${String(index).padStart(6, '0')}`;
        const split = splitOf(index);
        const person = drawPerson(own.fork('traits'));
        const profile = profileOf(person, own.fork('profile'));
        const events = personEvents(person, { days: simulationDays, random: own.fork('events') });
        const later = laterEvents(events);
        const labels = simulatedScenarios.map((scenario) => Number(scenario.label(later)));
        for (const [i, { name }] of simulatedScenarios.entries()) {
          labelsSeen.add(`${name}/${split}/${labels[i]}`);
        }
        if (index === 0) {
          const names = simulatedScenarios.map(({ name }) => name);
          lines.get('people')!.push(`user_id,split,${Object.keys(profile).join(',')}\n`);
          lines.get('labels')!.push(`user_id,${names.join(',')}\n`);
          for (const name of simulatedModalities) {
            lines.get(name)!.push('user_id,time,text,category,value\n');
          }
        }
        const values = Object.values(profile).map((value) => value ?? '');
        lines.get('people')!.push(`${userId},${split},${values.join(',')}\n`);
        lines.get('labels')!.push(`${userId},${labels.join(',')}\n`);
        for (const name of simulatedModalities) {
          for (const event of events[name]) lines.get(name)!.push(eventLine(userId, event));
        }
      }
      for (const [name, file] of files) await file.write(lines.get(name)!.join(''));
      onPeople(end);
    }
  } finally {
    for (const file of files.values()) await file.close();
  }
  const wanted = ['train', 'validation', 'test'].flatMap((split) => [`${split}/0`, `${split}/1`]);
  return simulatedScenarios.filter(({ name }) =>
    wanted.every((label) => labelsSeen.has(`${name}/${label}`)),
  );
}

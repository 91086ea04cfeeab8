import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createRandom } from '@q-anchor/core';

import { daysAfterReference, simulationStartDays } from './calendar.js';
import { chunkFile, type ChunkOutcome, type ChunkRequest } from './chunks.js';
import { profileOf } from './person/profile.js';
import { referenceDaysOf, splitOf } from './reference-points.js';
import { simulatedScenarios } from './scenarios/all-scenarios.js';
import { simulatePerson } from './simulate-person.js';
import { simulatedModalities } from './vocabulary/modalities.js';

/**
 * Lets the people of a chunk live and writes their files, one a table, without headings.
 *
 * Each person has a random stream of their own: who they are depends on nobody else.
 */
export async function writeChunk(request: ChunkRequest): Promise<ChunkOutcome> {
  const { chunk, start, end, seed, windowDays, directory } = request;
  const random = createRandom(seed);
  const scenarios = simulatedScenarios.length;
  const probabilities = new Float64Array((end - start) * scenarios);
  const labels = new Uint8Array(probabilities.length);
  const lines: Record<string, string[]> = { people: [], profiles: [], labels: [], truth: [] };
  for (const modality of simulatedModalities) lines[modality] = [];
  const days = windowDays + daysAfterReference;
  for (let index = start; index < end; index++) {
    const own = random.fork(`person/${index}`);
    const userId = `u${String(index).padStart(6, '0')}`;
    const split = splitOf(index);
    const { person, events, outcomes } = simulatePerson(own, { days, referenceDay: windowDays });
    for (const modality of simulatedModalities) {
      for (const { timeDays, text, category, value } of events[modality]) {
        const time = (simulationStartDays + timeDays).toFixed(4);
        lines[modality]!.push(`${userId},${time},${text},${value ?? ''},${category}\n`);
      }
    }
    for (const day of referenceDaysOf(split, windowDays)) {
      const key = `${userId},${simulationStartDays + day}`;
      lines['people']!.push(`${key},${split}\n`);
      if (!person.hasProfile) continue;
      const profile = profileOf(person, day, own.fork('profile'));
      lines['profiles']!.push(`${key},${profile.map((value) => value ?? '').join(',')}\n`);
    }
    const at = (index - start) * scenarios;
    for (const [i, outcome] of outcomes.entries()) {
      probabilities[at + i] = outcome.probability;
      labels[at + i] = outcome.label;
    }
    const key = `${userId},${simulationStartDays + windowDays}`;
    lines['labels']!.push(`${key},${outcomes.map(({ label }) => label).join(',')}\n`);
    lines['truth']!.push(`${key},${outcomes.map(({ probability }) => probability).join(',')}\n`);
  }
  for (const [table, rows] of Object.entries(lines)) {
    await writeFile(join(directory, chunkFile(table, chunk)), rows.join(''));
  }
  return { chunk, probabilities, labels };
}

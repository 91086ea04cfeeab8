import type { Random } from '@q-anchor/core';

import { between, logistic } from '../draws.js';
import type { EventLog } from '../event-log.js';
import type { Person } from '../person/person.js';
import type { SimulatedScenario } from './simulated-scenario.js';

/**
 * Lets a scenario's event happen or not, window by window: all through the past, so that it can be
 * learnt from, and after the reference, which begins a window too.
 *
 * @returns what the window from the reference on brings: the true probability, and the draw
 */
export function drawTargets(
  scenario: SimulatedScenario,
  life: {
    readonly person: Person;
    readonly random: Random;
    readonly log: EventLog;
    readonly days: number;
    readonly referenceDay: number;
  },
): { readonly probability: number; readonly label: 0 | 1 } {
  const { person, random, log, days, referenceDay } = life;
  const { windowDays, target } = scenario;
  let outcome: { probability: number; label: 0 | 1 } = { probability: 0, label: 0 };
  for (let day = referenceDay % windowDays; day < days; day += windowDays) {
    if (day === 0) continue; // before it there is no day to tell the odds from
    const probability = logistic(scenario.logOdds(person, day));
    const isHit = random.uniform() < probability;
    const timeDays = day + between(random, 0.05, windowDays - 0.05);
    const text = random.pick(target.texts);
    const price = Math.exp(0.3 * random.normal()) * (target.price ?? 0);
    if (day === referenceDay) outcome = { probability, label: isHit ? 1 : 0 };
    if (!isHit) continue;
    log.add(target.modality, {
      timeDays,
      text,
      category: target.category,
      ...(target.price === undefined ? {} : { value: price }),
    });
  }
  return outcome;
}

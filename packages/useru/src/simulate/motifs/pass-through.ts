import { between, hours } from '../draws.js';
import { contactMarks } from '../vocabulary/contacts.js';
import type { Motif } from './motif.js';

const episodesPerDay = 0.06;

/**
 * Money that comes in and goes out. Mules send it on within hours; others lend and are paid back,
 * out first and in later, or spend what came in days after.
 */
export const passThrough: Motif = ({ person, days, random, log }) => {
  for (let day = 0; day < days; day++) {
    if (random.uniform() >= episodesPerDay) continue;
    const value = 250 * Math.exp(0.7 * random.normal());
    const start = day + hours(random, 8, 20);
    const soon = start + hours(random, 0.5, 6);
    const late = start + between(random, 4, 14);
    const isMule = person.isOn('passesMoneyThrough', day);
    const isReturned = !isMule && random.uniform() < 0.5;
    const [inAt, outAt] = isMule ? [start, soon] : isReturned ? [soon, start] : [start, late];
    log.add('bill', {
      timeDays: inAt,
      text: `transfer received from ${random.pick(contactMarks)}`,
      category: 'transfer in',
      value,
    });
    log.add('bill', {
      timeDays: outAt,
      text: `transfer sent to ${random.pick(contactMarks)}`,
      category: 'transfer out',
      value: value * between(random, 0.9, 0.99),
    });
  }
};

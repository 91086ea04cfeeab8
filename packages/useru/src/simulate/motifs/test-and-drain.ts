import { between, hours } from '../draws.js';
import { contactMarks } from '../vocabulary/contacts.js';
import type { Motif } from './motif.js';

const episodesPerDay = 0.05;
const minute = 1 / 1440;

/**
 * A small transfer and two large ones to a new payee. Fraudsters test with the small one and drain
 * with the large ones minutes later, at night; others pay large ones first and a small rest, or
 * all of them on days of their own.
 */
export const testAndDrain: Motif = ({ person, days, random, log }) => {
  for (let day = 0; day < days; day++) {
    if (random.uniform() >= episodesPerDay) continue;
    const payee = random.pick(contactMarks);
    const { income, nightOwl } = person.traitsOn(day);
    const transfer = (timeDays: number, isSmall: boolean): void =>
      log.add('bill', {
        timeDays,
        text: `${isSmall ? 'small' : 'large'} transfer to new payee ${payee}`,
        category: isSmall ? 'small transfer' : 'large transfer',
        value: isSmall
          ? between(random, 0.5, 3)
          : 400 * Math.exp(0.4 * income + 0.5 * random.normal()),
      });
    const atNight = day + hours(random, 0.3, 4);
    if (person.isOn('testsThenDrains', day)) {
      const first = atNight + minute * between(random, 5, 40);
      transfer(atNight, true);
      transfer(first, false);
      transfer(first + minute * between(random, 5, 40), false);
      continue;
    }
    const time = random.uniform() < 0.3 + 0.5 * nightOwl ? atNight : day + hours(random, 9, 21);
    const isAtOnce = random.uniform() < 0.45;
    const apart = (): number => Math.floor(between(random, -9, 9)) + hours(random, 9, 21);
    if (isAtOnce) {
      const second = time + minute * between(random, 5, 40);
      transfer(time, false);
      transfer(second, false);
      transfer(second + minute * between(random, 5, 40), true);
    } else {
      transfer(time, true);
      transfer(day + apart(), false);
      transfer(day + apart(), false);
    }
  }
};

import { poisson, timeOfDay } from '../draws.js';
import { takeoutDishes } from '../vocabulary/dishes.js';
import type { Motif } from './motif.js';

/** Food brought home comes in phases: when it was ordered tells more than how often. */
export const takeoutPhases: Motif = ({ person, days, random, log }) => {
  const favourite = random.integer(takeoutDishes.length);
  for (let day = 0; day < days; day++) {
    const { takeoutLiking, nightOwl, income } = person.traitsOn(day);
    const phase = person.isOn('eatsTakeout', day) ? 0.26 : 0.035;
    for (let n = poisson(phase * Math.exp(0.45 * takeoutLiking), random); n > 0; n--) {
      const timeDays = day + timeOfDay(random, nightOwl);
      const place =
        (favourite + Math.floor(takeoutDishes.length * random.uniform() ** 3)) %
        takeoutDishes.length;
      log.add('bill', {
        timeDays,
        text: `takeout ${takeoutDishes[place]!}`,
        category: 'takeout',
        value: 12 * Math.exp(0.4 * income + 0.3 * random.normal()),
      });
    }
  }
};

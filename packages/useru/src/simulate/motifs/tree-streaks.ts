import { hours } from '../draws.js';
import type { Motif } from './motif.js';

const spots = ['energy collection', 'water the tree', 'visit a friend'] as const;

/** Four visits to one's tree: on four mornings in a row, or all within one day. */
export const treeStreaks: Motif = ({ person, days, random, log }) => {
  for (let day = 0; day < days; day++) {
    const { greenness } = person.traitsOn(day);
    if (random.uniform() >= 0.025 * Math.exp(0.5 * greenness)) continue;
    const isStreak = person.isOn('keepsStreaks', day);
    for (let step = 0; step < 4; step++) {
      log.add('mini', {
        timeDays: isStreak ? day + step + hours(random, 6.5, 8) : day + hours(random, 6, 23.9),
        text: `forest ${random.pick(spots)}`,
        category: 'forest',
      });
    }
  }
};

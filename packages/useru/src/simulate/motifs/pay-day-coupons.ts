import { dayOfMonth } from '../calendar.js';
import { between, hours } from '../draws.js';
import type { Motif } from './motif.js';

/**
 * Coupons looked at once a pay: at once, in the days after it came, or two weeks later. How many
 * follows from how much price decides, when from a hidden mode.
 */
export const payDayCoupons: Motif = ({ person, days, random, log }) => {
  for (let day = 0; day < days; day++) {
    const { payDay, priceSensitivity } = person.traitsOn(day);
    if (dayOfMonth(day) !== payDay || random.uniform() >= 0.5 + 0.5 * priceSensitivity) continue;
    const delay = person.isOn('spendsAtOnce', day)
      ? between(random, 0.3, 2.5)
      : between(random, 9, 18);
    const start = Math.floor(day + delay);
    for (let step = 0; step < 3; step++) {
      log.add('spm', {
        timeDays: start + hours(random, 10, 22),
        text: `coupons ${random.pick(['centre list', 'detail', 'rules', 'search'])}`,
        category: 'coupons',
      });
    }
    log.add('bill', {
      timeDays: start + hours(random, 10, 22),
      text: `discount purchase ${random.pick(['groceries', 'clothes', 'snacks', 'household'])}`,
      category: 'discount purchase',
      value: between(random, 5, 40),
    });
  }
};

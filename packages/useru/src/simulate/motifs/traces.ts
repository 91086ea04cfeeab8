import { hours, poisson } from '../draws.js';
import { interestLean } from '../person/traits.js';
import type { Motif } from './motif.js';

/** Looking at one brand's things, as often as it is liked. */
export const brandTraces: Motif = ({ person, days, random, log }) => {
  for (let day = 0; day < days; day++) {
    const traits = person.traitsOn(day);
    const rate = 0.025 * Math.exp(0.8 * traits.loyalty + 0.3 * interestLean(traits, 'fashion'));
    for (let n = poisson(rate, random); n > 0; n--) {
      log.add('spm', {
        timeDays: day + hours(random, 9, 23),
        text: `brand store Fernwick ${random.pick(['new arrivals', 'size guide', 'stores', 'lookbook'])}`,
        category: 'brand store',
      });
    }
  }
};

/** Minding one's wealth: the more there is, and the more it interests. */
export const wealthTraces: Motif = ({ person, days, random, log }) => {
  for (let day = 0; day < days; day++) {
    const traits = person.traitsOn(day);
    const rate = 0.02 * Math.exp(0.9 * traits.income + 0.5 * interestLean(traits, 'money'));
    for (let n = poisson(rate, random); n > 0; n--) {
      log.add('mini', {
        timeDays: day + hours(random, 9, 23),
        text: `wealth desk ${random.pick(['yield of the week', 'adviser chat', 'statement', 'fund talk'])}`,
        category: 'wealth desk',
      });
    }
  }
};

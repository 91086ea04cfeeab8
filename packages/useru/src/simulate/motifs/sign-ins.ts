import { between } from '../draws.js';
import type { Motif } from './motif.js';

const pages = ['account sign-in', 'account overview', 'account messages'] as const;
const meanGapDays = 8;

/** Sign-ins at even distances, or in bursts with long gaps between, of the same mean rate. */
export const signIns: Motif = ({ person, days, random, log }) => {
  const visit = (timeDays: number): void =>
    log.add('spm', { timeDays, text: random.pick(pages), category: 'account' });
  for (let time = meanGapDays * random.uniform(); time < days;) {
    if (person.isOn('signsInRegularly', Math.floor(time))) {
      visit(time);
      time += meanGapDays * between(random, 0.9, 1.1);
    } else {
      for (let step = 0; step < 3; step++) visit(time + between(random, 0, 0.06));
      time += 3 * meanGapDays * between(random, 0.6, 1.4);
    }
  }
};

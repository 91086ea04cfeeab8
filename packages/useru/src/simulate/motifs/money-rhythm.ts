import { dayOfMonth } from '../calendar.js';
import { hours, logistic, poisson, timeOfDay } from '../draws.js';
import type { Motif } from './motif.js';

const creditPages = ['loan offers', 'loan apply form', 'credit quota', 'instalment plans'] as const;
const dues = ['electricity', 'water', 'heating', 'broadband', 'phone plan'] as const;

/** Pay, rent, dues and debts by the days of the month. */
export const moneyRhythm: Motif = ({ person, days, random, log }) => {
  const rentDay = 1 + random.integer(5);
  const duesDay = 1 + random.integer(28);
  const loanDay = 1 + random.integer(28);
  for (let day = 0; day < days; day++) {
    const { payDay, income, debt, diligence, nightOwl } = person.traitsOn(day);
    const salary = 900 * Math.exp(income);
    const date = dayOfMonth(day);
    const pay = (text: string, category: string, value: number): void =>
      log.add('bill', { timeDays: day + hours(random, 7, 20), text, category, value });
    if (date === payDay) {
      const timeDays = day + hours(random, 6, 9);
      log.add('bill', { timeDays, text: 'salary received', category: 'salary', value: salary });
    }
    if (date === rentDay) pay('monthly rent', 'rent', 0.28 * salary);
    if (date === duesDay) {
      const due = random.pick(dues);
      pay(`household payment ${due}`, 'household payment', 40);
    }
    if (date === loanDay && debt > 0) {
      const isLate = random.uniform() < logistic(-0.8 - 1.2 * diligence + 0.5 * debt);
      pay(
        isLate ? 'loan repayment missed' : 'loan repayment',
        isLate ? 'missed repayment' : 'loan repayment',
        salary * (0.1 + 0.1 * debt),
      );
    }
    for (let n = poisson(0.02 * Math.exp(0.8 * debt), random); n > 0; n--) {
      const timeDays = day + timeOfDay(random, nightOwl);
      log.add('spm', {
        timeDays,
        text: `credit ${random.pick(creditPages)}`,
        category: 'credit pages',
      });
    }
  }
};

import type { Random } from '@q-anchor/core';

import { createPicker, poisson, timeOfDay } from './draws.js';
import type { Person } from './person.js';
import { simulatedModalities, type InterestAction, type SimulatedModality } from './vocabulary.js';

/** One simulated event. */
export interface SimulatedEvent {
  /** Days since the start of the simulation, a Monday. */
  readonly timeDays: number;
  /** Its text. */
  readonly text: string;
  /** Its category. */
  readonly category: string;
  /** What was paid, if anything. */
  readonly value?: number;
}

/** Events of a middling person a day. */
const dailyRates: Readonly<Record<SimulatedModality, number>> = {
  bill: 0.3,
  mini: 0.26,
  spm: 0.45,
  search: 0.1,
  app: 0.26,
};

/** Days for which precursors of fraud build up, and for which it goes on. */
const fraudBuildUpDays = 30;
const fraudDays = 8;

/** The events of one person over `days` days, by modality, oldest first. */
export function personEvents(
  person: Person,
  options: { readonly days: number; readonly random: Random },
): Record<SimulatedModality, SimulatedEvent[]> {
  const { days, random } = options;
  const events: Record<SimulatedModality, SimulatedEvent[]> = {
    bill: [],
    mini: [],
    spm: [],
    search: [],
    app: [],
  };
  const add = (
    modality: SimulatedModality,
    event: Omit<SimulatedEvent, 'timeDays' | 'value'> & {
      readonly day: number;
      readonly atNight?: boolean;
      readonly value?: number;
    },
  ): void => {
    const { day, atNight = false, text, category, value } = event;
    if ((modality === 'search' || modality === 'app') && person.hidden[modality]) return;
    const timeDays = Math.round((day + timeOfDay(random, atNight)) * 1e4) / 1e4;
    events[modality].push({
      timeDays,
      text,
      category,
      ...(value === undefined ? {} : { value: Math.max(0.5, Math.round(value * 100) / 100) }),
    });
  };
  const priceOf = (price: number): number =>
    price * Math.exp(0.5 * random.normal() + 0.6 * person.income - 0.4 * person.priceSensitivity);
  const pickers = Object.fromEntries(
    simulatedModalities.map((modality) => [modality, createPicker(modality, person)]),
  ) as Record<SimulatedModality, (random: Random) => InterestAction>;

  const payDay = random.integer(28);
  const dueDay = random.integer(28);
  const salary = 900 * Math.exp(person.income);
  let likesTakeoutNow = random.uniform() < 0.4;
  for (let day = 0; day < days; day++) {
    const isWeekend = day % 7 >= 5;
    const week = isWeekend ? 1 + person.weekendLean : 1 - 0.4 * person.weekendLean;
    const untilFraud = person.fraudDay === undefined ? Infinity : person.fraudDay - day;
    const frozen = untilFraud < -fraudDays ? 0.25 : 1;
    const level =
      week * frozen * Math.exp(person.activity + (person.drift * (day - days / 2)) / 60);

    for (const modality of simulatedModalities) {
      for (let n = poisson(dailyRates[modality] * level, random); n > 0; n--) {
        const { category, items, price } = pickers[modality](random);
        const text = `${category} ${random.pick(items)}`;
        add(modality, {
          day,
          text,
          category,
          ...(price === undefined ? {} : { value: priceOf(price) }),
        });
      }
    }

    // Takeaway food comes in phases of about two weeks: when it was ordered tells more than how often.
    if (random.uniform() < 1 / 14) likesTakeoutNow = random.uniform() < 0.4;
    const takeoutRate = 0.09 * person.takeoutLiking * level * (likesTakeoutNow ? 2.2 : 0.25);
    for (let n = poisson(takeoutRate, random); n > 0; n--) {
      const dish = random.pick(['pizza', 'noodles', 'sushi', 'burger', 'salad bowl', 'curry']);
      add('mini', { day, text: `food delivery order ${dish}`, category: 'food delivery' });
      add('bill', { day, text: `takeout ${dish}`, category: 'takeout', value: priceOf(12) });
    }

    // Coupons draw price-sensitive people, most in the week before pay day.
    const daysToPay = (payDay - (day % 28) + 28) % 28;
    const couponRate = 0.2 * person.priceSensitivity ** 2 * level * (daysToPay < 7 ? 2 : 0.7);
    for (let n = poisson(couponRate, random); n > 0; n--) {
      add('spm', { day, text: 'coupons list', category: 'coupons' });
      if (random.uniform() < 0.35) {
        add('bill', {
          day,
          text: 'coupon used in store',
          category: 'coupon used',
          value: priceOf(14),
        });
      }
    }

    if (day % 28 === payDay)
      add('bill', { day, text: 'salary received', category: 'salary', value: salary });
    if (day % 28 === dueDay && person.debt > 0.2) {
      const late = random.uniform() < 0.5 / (1 + Math.exp(2 * person.diligence));
      add('bill', {
        day,
        text: late ? 'loan repayment missed' : 'loan repayment',
        category: late ? 'missed repayment' : 'loan repayment',
        value: salary * (0.1 + 0.1 * person.debt),
      });
    }
    for (let n = poisson(0.03 * Math.exp(0.9 * person.debt), random); n > 0; n--) {
      add('spm', {
        day,
        text: random.pick(['loan offers', 'loan apply', 'credit quota']),
        category: 'credit pages',
      });
    }

    // Everybody changes devices now and then; fraud is told by a rise of several signs together.
    const rise =
      untilFraud > fraudBuildUpDays || untilFraud < -fraudDays
        ? 0
        : 1 - Math.max(0, untilFraud) / fraudBuildUpDays;
    const suspicious = 0.012 + 0.3 * rise;
    for (let n = poisson(suspicious, random); n > 0; n--) {
      add('spm', {
        day,
        atNight: rise > 0,
        text: random.pick(['security device change', 'security password reset']),
        category: 'security',
      });
    }
    for (let n = poisson(0.02 + 0.35 * rise, random); n > 0; n--) {
      add('bill', {
        day,
        atNight: rise > 0 && random.uniform() < 0.5,
        text: 'transfer to new payee',
        category: 'transfer',
        value: priceOf(80),
      });
    }
    if (untilFraud <= 0 && untilFraud > -fraudDays && random.uniform() < 0.5) {
      add('bill', {
        day,
        text: 'payment disputed by its owner',
        category: 'chargeback',
        value: priceOf(150),
      });
    }
  }
  for (const modality of simulatedModalities) {
    events[modality].sort((a, b) => a.timeDays - b.timeDays);
  }
  return events;
}

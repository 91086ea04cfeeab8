import { interestLean } from '../person/traits.js';
import type { SimulatedScenario } from './simulated-scenario.js';

/** Questions about offers. */
export const marketingScenarios: readonly SimulatedScenario[] = [
  {
    name: 'takeout',
    domain: 'marketing',
    queries: ['Will there be any delivery plan from this user over the next month?'],
    windowDays: 30,
    target: {
      modality: 'bill',
      category: 'delivery plan',
      texts: ['delivery plan for takeout meals', 'delivery plan family takeout'],
      price: 15,
    },
    logOdds: (person, day) =>
      (person.isOn('eatsTakeout', day - 1) ? -0.3 : -3.3) +
      0.5 * person.traitsOn(day - 1).takeoutLiking,
  },
  {
    name: 'brand',
    domain: 'marketing',
    queries: ['Will there be any brand purchase from this user over the next month?'],
    windowDays: 30,
    target: {
      modality: 'bill',
      category: 'brand purchase',
      texts: ['brand purchase Fernwick shoes', 'brand purchase Fernwick jacket'],
      price: 80,
    },
    logOdds: (person, day) => {
      const traits = person.traitsOn(day - 1);
      return -2.5 + 1.3 * traits.loyalty + 0.5 * interestLean(traits, 'fashion');
    },
  },
  {
    name: 'promo',
    domain: 'marketing',
    queries: ['Will this user redeem a promotion coupon in the coming month?'],
    windowDays: 30,
    target: {
      modality: 'bill',
      category: 'coupon redeemed',
      texts: ['coupon redeemed in store', 'coupon redeemed online'],
      price: 14,
    },
    logOdds: (person, day) =>
      (person.isOn('spendsAtOnce', day - 1) ? -0.9 : -3.6) +
      1.6 * person.traitsOn(day - 1).priceSensitivity,
  },
  {
    name: 'value',
    domain: 'marketing',
    queries: [
      'Will this user become a high-value customer who buys the premium plan in the coming month?',
    ],
    windowDays: 30,
    target: {
      modality: 'bill',
      category: 'premium plan',
      texts: ['premium plan yearly', 'premium plan monthly'],
      price: 120,
    },
    logOdds: (person, day) => {
      const traits = person.traitsOn(day - 1);
      return -2.9 + 1.8 * traits.income + 0.8 * interestLean(traits, 'money');
    },
  },
];

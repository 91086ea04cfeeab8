import { interestLean } from '../person/traits.js';
import type { SimulatedScenario } from './simulated-scenario.js';

/** Questions about taking part. */
export const engagementScenarios: readonly SimulatedScenario[] = [
  {
    name: 'active',
    domain: 'engagement',
    queries: ['Will there be any member badge from this user over the next month?'],
    windowDays: 30,
    target: { modality: 'mini', category: 'member badge', texts: ['member badge earned'] },
    logOdds: (person, day) => -1.1 + 2 * person.levelOn(day - 1),
  },
  {
    name: 'concert',
    domain: 'engagement',
    queries: ['Is this user going to buy a concert ticket in the coming month?'],
    windowDays: 30,
    target: {
      modality: 'bill',
      category: 'concert ticket',
      texts: ['concert ticket standing', 'concert ticket seat', 'concert ticket two seats'],
      price: 60,
    },
    logOdds: (person, day) =>
      (person.isOn('followsConcerts', day - 1) ? -1.2 : -4.2) +
      0.8 * interestLean(person.traitsOn(day - 1), 'music'),
  },
  {
    name: 'login',
    domain: 'engagement',
    queries: ['Will this user sign in to the web portal in the coming month?'],
    windowDays: 30,
    target: {
      modality: 'mini',
      category: 'portal sign-in',
      texts: ['portal sign-in by password', 'portal sign-in by code'],
    },
    logOdds: (person, day) =>
      (person.isOn('signsInRegularly', day - 1) ? 0.1 : -2.9) +
      0.5 * person.traitsOn(day - 1).diligence,
  },
  {
    name: 'forest',
    domain: 'engagement',
    queries: ['Will this user plant a tree in the green programme in the coming month?'],
    windowDays: 30,
    target: {
      modality: 'mini',
      category: 'tree planted',
      texts: ['tree planted pine', 'tree planted willow', 'tree planted sea buckthorn'],
    },
    logOdds: (person, day) =>
      (person.isOn('keepsStreaks', day - 1) ? -0.4 : -3.2) +
      0.8 * person.traitsOn(day - 1).greenness,
  },
];

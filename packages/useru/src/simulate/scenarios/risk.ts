import type { SimulatedScenario } from './simulated-scenario.js';

/** Questions about harm. */
export const riskScenarios: readonly SimulatedScenario[] = [
  {
    name: 'fraud',
    domain: 'risk',
    queries: ['Is this user about to commit payment fraud?'],
    windowDays: 30,
    target: {
      modality: 'bill',
      category: 'chargeback',
      texts: ['chargeback payment disputed by its owner', 'chargeback stolen card reported'],
      price: 150,
    },
    logOdds: (person, day) => {
      const { criminalIntent, diligence } = person.traitsOn(day - 1);
      const base = person.isOn('testsThenDrains', day - 1) ? -1.7 : -5;
      return base + 0.4 * criminalIntent - 0.3 * diligence;
    },
  },
  {
    name: 'money',
    domain: 'risk',
    queries: ['Is this account passing on money for others, a sign of money laundering?'],
    windowDays: 30,
    target: {
      modality: 'bill',
      category: 'frozen transfer',
      texts: ['frozen transfer under review', 'frozen transfer source of funds asked'],
      price: 300,
    },
    logOdds: (person, day) => {
      const { criminalIntent, debt } = person.traitsOn(day - 1);
      const base = person.isOn('passesMoneyThrough', day - 1) ? -1.5 : -4.8;
      return base + 0.3 * criminalIntent + 0.4 * debt;
    },
  },
];

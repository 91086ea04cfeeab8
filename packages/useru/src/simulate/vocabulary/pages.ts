import { list, type ActionKind } from './interest-action.js';

const elements = list('banner, list, detail, filter, confirm, help, share');

/** Pages of the platform and what was touched there. */
export const pages: readonly ActionKind[] = [
  {
    interest: 'food',
    category: 'food channel',
    heads: list('nearby, ranking, reviews, orders, recipes'),
    tails: elements,
  },
  {
    interest: 'home',
    category: 'life payments',
    heads: list('bills, history, reminder, meter, address'),
    tails: elements,
  },
  {
    interest: 'fashion',
    category: 'mall',
    heads: list('home, cart, favourites, returns, new arrivals'),
    tails: elements,
  },
  {
    interest: 'travel',
    category: 'travel channel',
    heads: list('calendar, deals, itinerary, seats, insurance'),
    tails: elements,
  },
  {
    interest: 'games',
    category: 'leisure channel',
    heads: list('videos, ranking, gifts, lottery, friends'),
    tails: elements,
  },
  {
    interest: 'money',
    category: 'wealth',
    heads: list('holdings, market, fund, calculator, risk test'),
    tails: elements,
  },
  {
    interest: 'fitness',
    category: 'health channel',
    heads: list('steps, doctors, records, prescriptions, challenge'),
    tails: elements,
  },
  {
    interest: 'family',
    category: 'family account',
    heads: list('members, allowance, album, insurance, school'),
    tails: elements,
  },
  {
    interest: 'learning',
    category: 'learning channel',
    heads: list('courses, progress, exams, notes, library'),
    tails: elements,
  },
  {
    interest: 'gadgets',
    category: 'device channel',
    heads: list('trade-in, compare, rental, warranty, tests'),
    tails: elements,
  },
  {
    interest: 'nature',
    category: 'nature channel',
    heads: list('weather, map, species, walks, news'),
    tails: elements,
  },
];

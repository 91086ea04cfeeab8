import { list, type ActionKind } from './interest-action.js';
import { towns } from './places.js';

const wishes = list('cheap, best, nearby, new, used');

/** What people type. */
export const searches: readonly ActionKind[] = [
  {
    interest: 'food',
    category: 'food search',
    heads: wishes,
    tails: list('dumplings, coffee, late dinner, vegan lunch, birthday cake, hot pot, sushi'),
  },
  {
    interest: 'home',
    category: 'home search',
    heads: wishes,
    tails: list('sofa, washing machine, rent, lamp, paint, plumber, mattress'),
  },
  {
    interest: 'fashion',
    category: 'fashion search',
    heads: wishes,
    tails: list('sneakers, winter coat, lipstick, jeans, handbag, suit, sunglasses'),
  },
  {
    interest: 'travel',
    category: 'travel search',
    heads: list('flights to, hotels in, weather in, things to do in'),
    tails: towns,
  },
  {
    interest: 'games',
    category: 'game search',
    heads: wishes,
    tails: list('strategy game, gift codes, console, board game, racing wheel, chess lessons'),
  },
  {
    interest: 'fitness',
    category: 'health search',
    heads: wishes,
    tails: list('dentist, yoga class, vitamins, running shoes, sleep tips, gym'),
  },
  {
    interest: 'money',
    category: 'finance search',
    heads: list('what is, compare, risk of, how to buy'),
    tails: list('index funds, gold, bonds, pension plans, term deposits, interest rates'),
  },
  {
    interest: 'music',
    category: 'music search',
    heads: wishes,
    tails: list('guitar, piano lessons, headphones, festival, vinyl, choir'),
  },
  {
    interest: 'family',
    category: 'family search',
    heads: wishes,
    tails: list('nursery, stroller, school bag, family park, tutor, story books'),
  },
  {
    interest: 'learning',
    category: 'study search',
    heads: list('how to learn, exam dates for, books on, jobs in'),
    tails: list('accounting, coding, drawing, spanish, statistics, nursing, welding'),
  },
  {
    interest: 'gadgets',
    category: 'gadget search',
    heads: wishes,
    tails: list('phone, tablet, camera, keyboard, drone, smart watch, speaker'),
  },
  {
    interest: 'nature',
    category: 'nature search',
    heads: wishes,
    tails: list('hiking trail, seeds, bird guide, camping site, recycling point, national park'),
  },
];

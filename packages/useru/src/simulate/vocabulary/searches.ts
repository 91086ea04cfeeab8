import { list, type ActionKind } from './interest-action.js';
import { towns } from './places.js';

const things = list('cheap, best, used, new, prices of');
const places = list('best, nearby, cheap, reviews of, opening hours of');

/** What people type. */
export const searches: readonly ActionKind[] = [
  {
    interest: 'food',
    category: 'food search',
    heads: list('best, nearby, cheap, recipe for, late night'),
    tails: list('dumplings, coffee, vegan lunch, birthday cake, hot pot, sushi, pancakes'),
  },
  {
    interest: 'home',
    category: 'home search',
    heads: things,
    tails: list('sofas, washing machines, lamps, mattresses, carpets, fridges, curtains'),
  },
  {
    interest: 'fashion',
    category: 'fashion search',
    heads: things,
    tails: list('sneakers, winter coats, lipstick, jeans, handbags, suits, sunglasses'),
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
    heads: list('best, new, cheap, reviews of, codes for'),
    tails: list('strategy games, board games, card games, racing games, puzzles, quiz games'),
  },
  {
    interest: 'fitness',
    category: 'health search',
    heads: places,
    tails: list('dentist, yoga class, gym, physiotherapist, swimming pool, pharmacy'),
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
    heads: things,
    tails: list('guitars, pianos, violins, drums, headphones, records'),
  },
  {
    interest: 'family',
    category: 'family search',
    heads: places,
    tails: list('nursery, family park, tutor, toy shop, playground, zoo'),
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
    heads: things,
    tails: list('phones, tablets, cameras, keyboards, drones, smart watches, speakers'),
  },
  {
    interest: 'nature',
    category: 'nature search',
    heads: list('best, nearby, map of, photos of, weather at'),
    tails: list(
      'hiking trail, bird reserve, camping site, national park, waterfall, botanical garden',
    ),
  },
];

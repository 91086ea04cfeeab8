import { list, type ActionKind } from './interest-action.js';
import { nameStarts } from './places.js';

/** Mini-programs people visit. */
export const miniPrograms: readonly ActionKind[] = [
  {
    interest: 'food',
    category: 'dining',
    heads: nameStarts,
    tails: list('Bowl menu, Table booking, Tea order, Canteen card'),
  },
  {
    interest: 'home',
    category: 'household services',
    heads: nameStarts,
    tails: list('Parcel tracking, Broom booking, Meter reading, Repair desk'),
  },
  {
    interest: 'fashion',
    category: 'shopping mall',
    heads: nameStarts,
    tails: list('Mall sale, Closet points, Outlet shop, Live shopping'),
  },
  {
    interest: 'travel',
    category: 'mobility',
    heads: nameStarts,
    tails: list('Bus code, Cab ride, Bike unlock, Flight status'),
  },
  {
    interest: 'games',
    category: 'casual games',
    heads: nameStarts,
    tails: list('Puzzle level, Card table, Quiz battle, Lucky draw'),
  },
  {
    interest: 'fitness',
    category: 'fitness',
    heads: nameStarts,
    tails: list('Step counter, Clinic booking, Running club, Sleep diary'),
  },
  {
    interest: 'music',
    category: 'music',
    heads: nameStarts,
    tails: list('Song room, Ticket desk, Radio list, Choir sign-up'),
  },
  {
    interest: 'family',
    category: 'parenting',
    heads: nameStarts,
    tails: list('Nest diary, School notice, Vaccine record, Playgroup'),
  },
  {
    interest: 'learning',
    category: 'study',
    heads: nameStarts,
    tails: list('Word cards, Library loan, Mock exam, Reading circle'),
  },
  {
    interest: 'money',
    category: 'savings tools',
    heads: nameStarts,
    tails: list('Budget book, Tax helper, Gold price, Pension check'),
  },
  {
    interest: 'gadgets',
    category: 'device care',
    heads: nameStarts,
    tails: list('Phone recycling, Warranty check, Screen repair, Print shop'),
  },
];

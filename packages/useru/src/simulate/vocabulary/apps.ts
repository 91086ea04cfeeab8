import { list, type ActionKind } from './interest-action.js';
import { nameStarts } from './places.js';

/** Apps people open; every name is made up. */
export const apps: readonly ActionKind[] = [
  { interest: 'food', category: 'food app', heads: nameStarts, tails: list('Spoon, Pantry') },
  { interest: 'home', category: 'home app', heads: nameStarts, tails: list('Parcel, Attic') },
  {
    interest: 'fashion',
    category: 'fashion app',
    heads: nameStarts,
    tails: list('Closet, Ribbon'),
  },
  {
    interest: 'travel',
    category: 'travel app',
    heads: nameStarts,
    tails: list('Compass, Suitcase'),
  },
  { interest: 'games', category: 'game app', heads: nameStarts, tails: list('Dragon, Pinball') },
  { interest: 'fitness', category: 'fitness app', heads: nameStarts, tails: list('Stride, Pulse') },
  { interest: 'money', category: 'finance app', heads: nameStarts, tails: list('Ledger, Coin') },
  { interest: 'nature', category: 'news app', heads: nameStarts, tails: list('Gazette, Weather') },
  { interest: 'music', category: 'music app', heads: nameStarts, tails: list('Chorus, Tune') },
  { interest: 'family', category: 'family app', heads: nameStarts, tails: list('Nest, Album') },
  { interest: 'learning', category: 'study app', heads: nameStarts, tails: list('Lesson, Quill') },
  { interest: 'gadgets', category: 'tool app', heads: nameStarts, tails: list('Scanner, Battery') },
];

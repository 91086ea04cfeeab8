/** What a simulated person may care about. */
export const interests = [
  'food',
  'home',
  'fashion',
  'travel',
  'games',
  'fitness',
  'money',
  'nature',
  'music',
  'family',
  'learning',
  'gadgets',
] as const;

/** One interest. */
export type Interest = (typeof interests)[number];

import {
  coarseToFine,
  collateUsers,
  keptEvents,
  prefixTokens,
  type PrefixLayout,
  type PrefixToken,
} from '@q-anchor/user-tokens';
import { expect, test } from 'vitest';

import { collate, config, event, profile, users } from '../fixtures.js';

/** A token in one word. */
const word = (token: PrefixToken): string => {
  switch (token.kind) {
    case 'header':
    case 'user':
      return token.kind;
    case 'event':
      return `${token.modality}.${token.index}`;
    default:
      return `${token.kind} ${token.modality}`;
  }
};

test('tokens by level; events by their place in the profile, whatever was sorted or cut', () => {
  // Cut at four, oldest first; one is not before the reference time.
  const times = [99, 10, 98, 100, 97, 96];
  const bill = times.map((day) => event(day, 'rent'));
  expect(prefixTokens(profile('u', { bill }), collate).map(word)).toEqual([
    'header',
    'header',
    'user',
    'summary bill',
    'summary tabular',
    'marker bill',
    'bill.5',
    'bill.4',
    'bill.2',
    'bill.0',
    'marker bill',
    'marker tabular',
    'tabular.0',
    'marker tabular',
  ]);
});

test('as many as a prefix has tokens, its events the kept ones', () => {
  const { prefixLengths } = collateUsers(users, collate);
  for (const [u, user] of users.entries()) {
    const tokens = prefixTokens(user, collate);
    expect(tokens).toHaveLength(prefixLengths[u]!);
    for (const [m, { name }] of config.modalities.entries()) {
      const events = tokens.flatMap((token) =>
        token.kind === 'event' && token.modality === name ? user.events[name]![token.index]! : [],
      );
      expect(events).toEqual(keptEvents(user, config)[m]);
    }
  }
});

test('without header and profile columns, in the order of another layout', () => {
  const backward: PrefixLayout = {
    name: 'backward',
    arrange: (content) => coarseToFine.arrange(content).toReversed(),
  };
  const options = { config: { ...config, tabularFeatures: 0 }, layout: backward };
  const user = profile('u', { spm: [event(1, 'home'), event(2, 'page')] });
  expect(prefixTokens(user, options).map(word)).toEqual([
    'marker spm',
    'spm.1',
    'spm.0',
    'marker spm',
    'summary spm',
    'user',
  ]);
});

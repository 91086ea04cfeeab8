import type { UserProfile } from '@q-anchor/core';
import { prefixKey, readerDigest } from '@q-anchor/kv-serving';
import { coarseToFine } from '@q-anchor/user-tokens';
import { expect, test } from 'vitest';

import { keyedModel } from '../fixtures.js';

const model = keyedModel();
const { collate, config } = model;
const profile: UserProfile = {
  userId: 'a',
  referenceDays: 30,
  events: { bill: [{ timeDays: 3, text: 'pizza', value: 2 }] },
  tabular: { age: 3 },
};
const [event] = profile.events['bill']!;

test('anything else that reads a prefix is another reader', () => {
  const { tokenizer } = collate;
  const digests = [
    readerDigest(model, { storage: 'f32' }),
    readerDigest(model, { storage: 'f16' }),
    readerDigest(model, { storage: 'f32', adapters: 'one' }),
    readerDigest(model, { storage: 'f32', adapters: 'two' }),
    ...[
      { digest: 'other' },
      { config: { ...config, lora: { rank: 1, alpha: 1, dropout: 0, targets: ['q_proj'] } } },
      { config: { ...config, users: { ...config.users, windowDays: 31 } } },
      { collate: { ...collate, tokenizer: { ...tokenizer, digest: 'other' } } },
      { collate: { ...collate, textTokenizer: { ...tokenizer, digest: 'other' } } },
      { collate: { ...collate, layout: { ...coarseToFine, name: 'other' } } },
      { collate: { ...collate, headerIds: [1] } },
      { collate: { ...collate, valueScales: { bill: { mean: 1, deviation: 2 } } } },
      {
        collate: {
          ...collate,
          tabular: { columns: [{ kind: 'number', name: 'age', mean: 1, deviation: 2 }] },
        },
      },
    ].map((change) => readerDigest({ ...model, ...(change as object) }, { storage: 'f32' })),
  ];
  expect(new Set(digests).size).toBe(digests.length);
  expect(readerDigest(keyedModel(), { storage: 'f32' })).toBe(digests[0]);
});

test('anything else of the user is another prefix; what is not read is not', () => {
  const key = (change: Partial<UserProfile>, timeFeatures = true): string =>
    prefixKey('reader', { ...profile, ...change }, { ...config.users, timeFeatures });
  const keys = [
    key({}),
    prefixKey('other reader', profile, config.users),
    key({ userId: 'b' }),
    key({ tabular: { age: 4 } }),
    key({ tabular: {} }),
    key({ referenceDays: 31 }),
    key({ events: {} }),
    ...[{ timeDays: 4 }, { text: 'rent' }, { value: 3 }, { value: 0 }].map((change) =>
      key({ events: { bill: [{ ...event!, ...change }] } }),
    ),
    key({ events: { bill: [{ timeDays: 3, text: 'pizza' }] } }),
    key({ events: { bill: [event!, event!] } }),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  expect(key({ events: { bill: [event!, { timeDays: 30, text: 'later' }] } })).toBe(keys[0]);
  expect(key({ referenceDays: 31 }, false)).toBe(key({}, false));
});

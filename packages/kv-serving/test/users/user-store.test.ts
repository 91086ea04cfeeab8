import { createRandom, InputError, type UserProfile } from '@q-anchor/core';
import {
  createUserStore,
  UnknownUserError,
  type KeptUser,
  type ServedEvent,
} from '@q-anchor/kv-serving';
import { describe, expect, test } from 'vitest';

const seen = {
  modalities: [
    { name: 'bill', maxEvents: 3, maxTokens: 8 },
    { name: 'spm', maxEvents: 5, maxTokens: 8 },
  ],
  windowDays: 10,
};

/** A store whose clock the test turns. */
function createStore() {
  const clock = { days: 20 };
  const store = createUserStore({ retention: seen, referenceDays: () => clock.days });
  const texts = (at = clock.days): string[] =>
    store.profile('a', { referenceDays: at, seen }).events['bill']!.map(({ text }) => text);
  return { clock, store, texts };
}
const event = (timeDays: number, text: string, more: Partial<ServedEvent> = {}): ServedEvent => ({
  timeDays,
  text,
  ...more,
});
const put = (store: ReturnType<typeof createStore>['store'], ...bill: readonly ServedEvent[]) =>
  store.put({ userId: 'a', events: { bill }, tabular: { age: 3 } });

describe('the window', () => {
  test('holds the newest events of the last days, from its start on and before its end', () => {
    const { store, texts, clock } = createStore();
    const bill = [event(9.9, 'old'), event(10, 'first'), event(20, 'now'), event(21, 'ahead')];
    expect(put(store, ...bill)).toEqual({ added: 3, duplicates: 0, outside: 1 });
    expect(texts()).toEqual(['first']);
    clock.days = 20.5;
    expect(texts()).toEqual(['now']);
    expect(texts(25)).toEqual(['now', 'ahead']);
  });

  test('lets the oldest go beyond the cap; events ahead of time push none out', () => {
    const { store, texts } = createStore();
    put(store, event(15, 'a'), event(16, 'b'), event(17, 'c'), event(25, 'ahead'));
    expect(texts()).toEqual(['a', 'b', 'c']);
    expect(store.append('a', { bill: [event(18, 'd')] })).toMatchObject({ added: 1 });
    expect(texts()).toEqual(['b', 'c', 'd']);
    expect(texts(26)).toEqual(['c', 'd', 'ahead']);
  });

  test('late events take their place; too late ones are let go', () => {
    const { store, texts } = createStore();
    put(store, event(15, 'a'), event(17, 'c'), event(19, 'e'));
    expect(
      store.append('a', { bill: [event(18, 'd'), event(14, 'too late'), event(9, 'x')] }),
    ).toEqual({ added: 1, duplicates: 0, outside: 2 });
    expect(texts()).toEqual(['c', 'd', 'e']);
  });

  test('an id seen before is a duplicate, also within one call; without ids equal content is', () => {
    const { store, texts } = createStore();
    put(store, event(15, 'a', { id: '1' }), event(16, 'b', { value: 2 }));
    const again = [
      event(16, 'other text', { id: '1' }),
      event(16, 'b', { value: 2 }),
      event(16, 'b', { value: 2, id: '2' }),
      event(16, 'b', { value: 2, id: '2' }),
    ];
    expect(store.append('a', { bill: again })).toEqual({ added: 1, duplicates: 3, outside: 0 });
    expect(texts()).toEqual(['a', 'b', 'b']);
  });

  test('a version changes with the user, not with duplicates', () => {
    const { store } = createStore();
    put(store, event(15, 'a'));
    const version = store.version('a');
    store.append('a', { bill: [event(15, 'a')] });
    expect(store.version('a')).toBe(version);
    store.append('a', { bill: [event(15, 'b')] });
    expect(store.version('a')).not.toBe(version);
    store.delete('a');
    expect(store.version('a')).toBeUndefined();
  });

  test('what callers do to their events afterwards changes nothing', () => {
    const { store, texts } = createStore();
    const mine = { timeDays: 15, text: 'a' };
    put(store, mine);
    mine.text = 'b';
    expect(texts()).toEqual(['a']);
  });
});

/** What a store ought to hold, by all events that ever came. */
function plainProfile(all: readonly ServedEvent[], at: number): readonly string[] {
  const unique = new Map(all.map((one) => [one.id, one]));
  const inside = [...unique.values()].filter(
    ({ timeDays }) => timeDays < at && timeDays >= at - seen.windowDays,
  );
  const sorted = inside.toSorted(
    (a, b) => a.timeDays - b.timeDays || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0),
  );
  return sorted.slice(-3).map(({ text }) => text);
}

test.each([1, 2, 3, 4, 5])(
  'random appends while time moves on equal a plain filter, seed %i',
  (seed) => {
    const random = createRandom(seed);
    const { store, texts, clock } = createStore();
    put(store);
    const all: ServedEvent[] = [];
    for (let step = 0; step < 60; step++) {
      clock.days += random.integer(3) / 2;
      const some = Array.from({ length: random.integer(4) }, (_, i) => {
        const timeDays = Math.floor(clock.days - 12 + 14 * random.uniform());
        return event(timeDays, `text ${step}.${i}`, { id: `${step}.${i}` });
      });
      const again = all.length > 0 ? [random.pick(all)] : [];
      all.push(...some);
      store.append('a', {
        bill: random.uniform() < 0.5 ? [...some, ...again] : [...again, ...some],
      });
      expect(texts()).toEqual(plainProfile(all, clock.days));
      const later = clock.days + 12 * random.uniform();
      expect(texts(later)).toEqual(plainProfile(all, later));
    }
  },
);

describe('refused', () => {
  test('a time before events that were let go', () => {
    const { store, texts } = createStore();
    put(store, event(12, 'a'));
    expect(texts(15)).toEqual(['a']);
    store.append('a', { bill: [event(9, 'too late')] });
    expect(() => texts(15)).toThrow(/day 20 or later.*found day 15.*nowDays/s);
  });

  test('users that are not there', () => {
    const { store } = createStore();
    for (const use of [
      () => store.append('b', {}),
      () => store.profile('b', { referenceDays: 20, seen }),
    ]) {
      expect(use).toThrow(UnknownUserError);
    }
    expect(store.delete('b')).toBe(false);
  });

  test('bad events, whole', () => {
    const { store, texts } = createStore();
    put(store, event(15, 'a'));
    for (const [bad, message] of [
      [{ bill: [event(16, 'b'), event(Number.NaN, 'c')] }, /events\.bill\[1\]\.timeDays/],
      [{ bill: [event(16, 3 as never)] }, /\.text: expected a text, found 3/],
      [{ bill: [event(16, 'b', { value: Infinity })] }, /\.value/],
      [{ bill: [event(16, 'b', { id: '' })] }, /\.id/],
      [{ bill: [null as never] }, /events\.bill\[0\]: expected an event/],
      [{ bill: 'x' as never }, /events\.bill: expected a list/],
      [{ other: [] }, /one of the model's modalities, bill, spm, found "other"/],
      [{ __proto__: null, constructor: [] } as never, /found "constructor"/],
    ] as const) {
      expect(() => store.append('a', bad)).toThrow(InputError);
      expect(() => store.append('a', bad)).toThrow(message);
    }
    expect(texts()).toEqual(['a']);
  });

  test('bad profiles', () => {
    const { store } = createStore();
    const profile: UserProfile = { userId: 'a', referenceDays: 0, events: {}, tabular: {} };
    expect(() => store.put({ ...profile, userId: '' })).toThrow(/userId: expected a text/);
    expect(() => store.put({ ...profile, tabular: { age: Number.NaN } })).toThrow(/tabular\.age/);
    expect(store.ids()).toEqual([]);
  });
});

describe('kept users', () => {
  test('come back through JSON with what the window holds, events ahead, ids and columns', () => {
    const { store, clock } = createStore();
    put(store, event(15, 'a', { id: '1' }), event(16, 'b', { value: 2 }), event(25, 'ahead'));
    store.put({ userId: 'b', events: {}, tabular: {} });
    const text = JSON.stringify([...store.kept()]);
    const other = createStore();
    for (const user of JSON.parse(text) as KeptUser[]) other.store.restore(user);
    expect(other.store.ids()).toEqual(['a', 'b']);
    for (const at of [20, 26]) {
      clock.days = at;
      other.clock.days = at;
      expect(other.store.profile('a', { referenceDays: at, seen })).toEqual(
        store.profile('a', { referenceDays: at, seen }),
      );
    }
    // The id is known still.
    expect(other.store.append('a', { bill: [event(1, 'x', { id: '1' })] }).duplicates).toBe(1);
    expect(JSON.stringify([...other.store.kept()])).toBe(text);
  });

  test('are those of the call, whatever comes while they are taken', () => {
    const { store } = createStore();
    put(store, event(15, 'a'));
    const kept = store.kept();
    put(store, event(16, 'b'));
    store.delete('a');
    expect([...kept].map(({ windows }) => windows['bill']!.events)).toEqual([[event(15, 'a')]]);
  });

  test('do not forget from when on they are exact', () => {
    const { store } = createStore();
    put(store, event(5, 'old'), event(15, 'a'));
    const other = createStore();
    for (const user of store.kept()) other.store.restore(user);
    expect(() => other.texts(19)).toThrow(InputError);
    expect(other.texts(20)).toEqual(['a']);
  });

  test('lose what has left the window meanwhile; bad ones are refused', () => {
    const { store } = createStore();
    put(store, event(11, 'a'), event(19, 'b'));
    const later = createStore();
    later.clock.days = 22;
    for (const user of store.kept()) later.store.restore(user);
    expect(later.texts()).toEqual(['b']);
    const windows = { taxi: { events: [], exactFromDays: null } };
    expect(() => later.store.restore({ userId: 'c', tabular: {}, windows })).toThrow(/taxi/);
  });
});

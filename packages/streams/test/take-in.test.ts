import { InputError } from '@q-anchor/core';
import { parsedEvent, PoisonError, userEventStore, type StreamEvent } from '@q-anchor/streams';
import { describe, expect, test } from 'vitest';

const event: StreamEvent = {
  userId: 'ann',
  modality: 'bill',
  id: 'e1',
  timeDays: 20_000.5,
  text: 'paid the rent',
  value: 900,
};

const bytes = (content: unknown): Uint8Array => Buffer.from(JSON.stringify(content));

describe('parsedEvent', () => {
  test('an event comes back, without what is not its own', () => {
    expect(parsedEvent(bytes({ ...event, more: 1 }))).toEqual(event);
    const { value: _, ...plain } = event;
    expect(parsedEvent(bytes({ ...plain, value: null }))).toEqual(plain);
    expect(parsedEvent(bytes({ ...plain, text: '' }))).toEqual({ ...plain, text: '' });
  });

  test.each([
    [undefined, 'no content'],
    [new Uint8Array(0), 'no content'],
    [Uint8Array.of(0xff, 0x7b), 'not JSON in UTF-8'],
    [bytes(null), 'not a JSON object'],
    [bytes({ ...event, userId: '' }), '"userId" is not a text'],
    [bytes({ ...event, id: 7 }), '"id" is not a text'],
    [bytes({ ...event, timeDays: '7' }), '"timeDays" is not a number of days'],
    [bytes({ ...event, text: null }), '"text" is not a text'],
    [bytes({ ...event, value: 'much' }), '"value" is not a number'],
    [bytes({ text: 'a secret' }), '"userId" is not a text'],
  ])('%# is refused in words without its content', (body, message) => {
    const act = (): unknown => parsedEvent(body);
    expect(act).toThrow(new RegExp(`^${message}$`, 'u'));
    expect(act).toThrow(PoisonError);
  });
});

describe('userEventStore', () => {
  const unknown = (): Error =>
    Object.assign(new InputError({ where: 'x', expected: 'y', found: 'z' }), {
      code: 'UNKNOWN_USER',
    });

  test('events go to their users by modality; who is not there is begun', async () => {
    const calls: unknown[] = [];
    const store = userEventStore({
      putUser: (profile) => void calls.push(['put', profile]),
      appendEvents: async (userId, events) => {
        if (userId === 'new') throw unknown();
        calls.push(['append', userId, events]);
      },
    });
    await store([
      event,
      { ...event, id: 'e2', modality: 'web' },
      { ...event, userId: 'new' },
      { ...event, id: 'e3' },
    ]);
    const { userId: _, modality: __, ...own } = event;
    const bill = [own, { ...own, id: 'e3' }];
    expect(calls).toEqual([
      ['append', 'ann', { bill, web: [{ ...own, id: 'e2' }] }],
      ['put', { userId: 'new', events: { bill: [own] }, tabular: {} }],
    ]);
  });

  test('all users are served before an error is told', async () => {
    const done: string[] = [];
    const store = userEventStore({
      putUser: () => undefined,
      appendEvents: async (userId) => {
        if (userId === 'bad') throw new Error('disk full');
        done.push(userId);
      },
    });
    const act = store(['bad', 'good', 'other'].map((userId) => ({ ...event, userId })));
    await expect(act).rejects.toThrow('disk full');
    expect(done).toEqual(['good', 'other']);
  });
});

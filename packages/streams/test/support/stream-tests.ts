import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { createRandom, InputError } from '@q-anchor/core';
import { createUserStore } from '@q-anchor/kv-serving';
import { userEventStore, type StreamEvent, type StreamProblem } from '@q-anchor/streams';
import { expect, test } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import type { TestStream } from './transport.js';

const modalities = ['bill', 'web'];

/** Users in memory, as serving has them, with no end of a window. */
const memoryUsers = () => {
  const users = createUserStore({
    retention: {
      modalities: modalities.map((name) => ({ name, maxEvents: 10_000, maxTokens: 10 })),
      windowDays: 1000,
    },
    referenceDays: () => 1000,
  });
  const store = userEventStore({
    putUser: (profile) => users.put(profile),
    appendEvents: (userId, events) => users.append(userId, events),
  });
  return { users, store };
};

/** What users hold, whatever the order in which they came. */
const stateOf = ({ users }: ReturnType<typeof memoryUsers>): unknown =>
  users
    .ids()
    .toSorted()
    .map((userId) =>
      users.profile(userId, {
        referenceDays: 1000,
        seen: {
          modalities: modalities.map((name) => ({ name, maxEvents: 10_000, maxTokens: 10 })),
          windowDays: 1000,
        },
      }),
    );

const drawnEvents = (count: number, seed: number): StreamEvent[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, i) => ({
    userId: `user ${random.integer(9)}`,
    modality: modalities[random.integer(2)]!,
    id: `e${i}`,
    timeDays: random.uniform() * 900,
    text: `text ${random.integer(5)} ß`,
    ...(random.uniform() < 0.5 && { value: random.integer(100) }),
  }));
};

const messageOf = (event: StreamEvent): { readonly key: string; readonly body: string } => ({
  key: event.userId,
  body: JSON.stringify(event),
});

const stateAfter = async (events: readonly StreamEvent[]): Promise<unknown> => {
  const kept = memoryUsers();
  if (events.length > 0) await kept.store(events);
  return stateOf(kept);
};

const until = async (isTrue: () => boolean | Promise<boolean>, seconds = 90): Promise<void> => {
  const end = performance.now() + 1000 * seconds;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error('it did not come to that');
    await sleep(25);
  }
};

const committed = (stream: TestStream): Promise<void> =>
  until(async () => (await stream.uncommitted()) === 0);

/** Declares the tests that every transport must pass. */
export function streamTests(open: () => Promise<TestStream>): void {
  test('duplicates and disorder change nothing, and what is committed does not come again', async () => {
    await using stream = await open();
    const events = drawnEvents(500, 1);
    const kept = memoryUsers();
    {
      await using consumer = stream.consume({ store: kept.store });
      await stream.publish([...events, ...events.slice(100, 300).toReversed()].map(messageOf));
      await committed(stream);
      expect(consumer.counts).toMatchObject({ received: 700, stored: 700, rejected: 0 });
    }
    expect(stateOf(kept)).toEqual(await stateAfter(events));
    const again: StreamEvent[] = [];
    await using other = stream.consume({ store: async (some) => again.push(...some) });
    const late = drawnEvents(501, 2).at(-1)!;
    await stream.publish([messageOf(late)]);
    await until(() => other.counts.stored > 0);
    expect(again).toEqual([late]);
  });

  test('messages that hold no event become dead letters with a reason, the others are stored', async () => {
    await using stream = await open();
    const events = drawnEvents(40, 3);
    const good = JSON.stringify(events[0]);
    const poison: readonly (readonly [string | null, string])[] = [
      [null, 'no content'],
      ['{"userId": ', 'not JSON in UTF-8'],
      ['[1]', 'not a JSON object'],
      [good.replace('"id"', '"no"'), '"id" is not a text'],
      [
        good.replace(/"timeDays":[\d.]+/u, '"timeDays":"now"'),
        '"timeDays" is not a number of days',
      ],
      [
        good.replace(/"modality":"\w+"/u, '"modality":"horoscope"'),
        'events: expected one of the model',
      ],
      [`{"x":"${'x'.repeat(2 ** 20)}"}`, 'more than 1048576 bytes'],
    ];
    const problems: StreamProblem[] = [];
    const kept = memoryUsers();
    await using consumer = stream.consume({
      store: kept.store,
      onProblem: (problem) => problems.push(problem),
    });
    // The largest does not fit a topic by default.
    const sent = stream.address[0] === 'kafka' ? poison.slice(0, -1) : poison;
    await stream.publish(events.slice(0, 20).map(messageOf));
    await stream.publish(sent.map(([body], i) => ({ key: `user ${i}`, body })));
    await stream.publish(events.slice(20).map(messageOf));
    await committed(stream);
    expect(stateOf(kept)).toEqual(await stateAfter(events));
    expect(consumer.counts).toMatchObject({ rejected: sent.length, received: 40 + sent.length });
    const buried = await stream.buried();
    expect(buried.map(({ body }) => body).toSorted()).toEqual(
      sent.map(([body]) => body ?? '').toSorted(),
    );
    for (const [body, reason] of sent) {
      const found = buried.find((one) => one.body === (body ?? ''))!;
      expect(found.reason).toContain(reason);
      expect(found.place.startsWith(`${stream.address[2]}/`)).toBe(true);
    }
    expect(problems.map(({ kind }) => kind)).toEqual(sent.map(() => 'rejected'));
    expect(JSON.stringify(problems)).not.toContain('text');
  });

  test('nothing is committed before it is stored; a failing store is given the same again', async () => {
    await using stream = await open();
    const events = drawnEvents(60, 4);
    await stream.publish(events.map(messageOf));
    let failures = 0;
    {
      await using consumer = stream.consume({
        store: async () => {
          failures += 1;
          throw new Error('disk full');
        },
      });
      await until(() => failures > 2);
      expect(consumer.counts.stored).toBe(0);
    }
    expect(await stream.uncommitted()).toBe(60);
    const kept = memoryUsers();
    let calls = 0;
    await using consumer = stream.consume({
      store: async (some) => {
        calls += 1;
        // Half of it taken, then an error: what comes again must change nothing.
        if (calls % 2 === 1) {
          await kept.store(some.slice(0, Math.ceil(some.length / 2)));
          throw new Error('connection lost');
        }
        await kept.store(some);
      },
    });
    await committed(stream);
    expect(consumer.counts.retries).toBeGreaterThan(0);
    expect(stateOf(kept)).toEqual(await stateAfter(events));
  });

  test('a slow store holds reading back', async () => {
    await using stream = await open();
    const events = drawnEvents(1500, 5);
    const kept = memoryUsers();
    let [most, open_] = [0, () => undefined as void];
    const gate = new Promise<void>((resolve) => (open_ = resolve));
    await using consumer = stream.consume({
      maxBatch: 50,
      maxInFlight: 100,
      store: async (some) => {
        most = Math.max(most, some.length);
        await gate;
        await kept.store(some);
      },
    });
    await stream.publish(events.map(messageOf));
    await until(() => consumer.counts.received > 0);
    await sleep(500);
    expect(consumer.counts.received).toBeLessThanOrEqual(50);
    open_();
    await committed(stream);
    expect(most).toBeLessThanOrEqual(50);
    expect(stateOf(kept)).toEqual(await stateAfter(events));
  });

  test('members that join, leave and are killed lose nothing and double nothing', async () => {
    await using stream = await open();
    const folder = await temporaryFolder();
    const events = drawnEvents(20_000, 6);
    let sent = 0;
    const publishSome = async (): Promise<void> => {
      await stream.publish(events.slice(sent, sent + 40).map(messageOf));
      sent += 40;
      await sleep(100);
    };
    const kept = memoryUsers();
    const files = [join(folder, 'killed'), join(folder, 'killed-again')];
    const first = stream.consume({ store: kept.store, member: 'first', maxBatch: 20 });
    for (let i = 0; i < 5; i++) await publishSome();
    // It dies with a batch stored and not committed, in the middle of what comes.
    const killed = startProcess([files[0]!, 'killed', ...stream.address, '2']);
    const died = once(killed, 'exit');
    await until(() => existsSync(`${files[0]!}.ready`), 120);
    while (killed.exitCode === null && killed.signalCode === null && sent < events.length) {
      await publishSome();
    }
    if (sent === events.length) killed.kill('SIGTERM');
    expect(await died).toEqual([null, 'SIGKILL']);
    const second = stream.consume({ store: kept.store, member: 'second', maxBatch: 20 });
    for (let i = 0; i < 20; i++) await publishSome();
    await first[Symbol.asyncDispose]();
    for (let i = 0; i < 5; i++) await publishSome();
    // Under its name it comes back.
    const back = startProcess([files[1]!, 'killed', ...stream.address]);
    const ended = once(back, 'exit');
    await until(() => existsSync(`${files[1]!}.ready`), 120);
    for (let i = 0; i < 5; i++) await publishSome();
    await committed(stream);
    back.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    await second[Symbol.asyncDispose]();
    // What the processes kept and what this one kept make the whole, in whatever order it is joined.
    const journals = files.flatMap((file) =>
      existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [],
    );
    for (const line of journals) await kept.store([JSON.parse(line) as StreamEvent]);
    expect(journals.length).toBeGreaterThan(0);
    expect(stateOf(kept)).toEqual(await stateAfter(events.slice(0, sent)));
  });

  test('connections that break are joined again', async () => {
    await using stream = await open();
    const events = drawnEvents(200, 7);
    const kept = memoryUsers();
    await using _ = stream.consume({ store: kept.store });
    await stream.publish(events.slice(0, 100).map(messageOf));
    await until(async () => (await stream.uncommitted()) === 0);
    await stream.disturb();
    await until(() =>
      stream.publish(events.slice(100).map(messageOf)).then(
        () => true,
        () => false,
      ),
    );
    await until(async () => (await stream.uncommitted().catch(() => 1)) === 0, 90);
    expect(stateOf(kept)).toEqual(await stateAfter(events));
  });

  test('a member ends whenever it is told to, as while it joins', async () => {
    await using stream = await open();
    const events = drawnEvents(10, 8);
    const kept = memoryUsers();
    const joinAndEnd = async (): Promise<void> => {
      for (const ms of [0, 3, 10, 30, 60, 100, 200, 500]) {
        const member = stream.consume({ store: kept.store, member: `after-${ms}` });
        await sleep(ms);
        const ended = member[Symbol.asyncDispose]().then(() => 'ended');
        const late = sleep(30_000, `still there, told after ${ms} ms`, { ref: false });
        expect(await Promise.race([ended, late])).toBe('ended');
      }
    };
    await joinAndEnd();
    // Beside another, which takes part in each change of the group.
    await using _ = stream.consume({ store: kept.store });
    await stream.publish(events.slice(0, 5).map(messageOf));
    await committed(stream);
    await joinAndEnd();
    await stream.publish(events.slice(5).map(messageOf));
    await committed(stream);
    expect(stateOf(kept)).toEqual(await stateAfter(events));
  });

  test('limits that are none are refused', async () => {
    await using stream = await open();
    for (const limit of [{ maxBatch: 0 }, { maxBatch: 1.5 }]) {
      expect(() => stream.consume({ store: async () => undefined, ...limit })).toThrow(InputError);
    }
  });
}

const startProcess = (args: readonly string[]) =>
  spawn(
    process.execPath,
    [
      '--conditions=@q-anchor/source',
      '--import',
      fileURLToPath(new URL('register-typescript.mjs', import.meta.url)),
      fileURLToPath(new URL('journal-consumer.ts', import.meta.url)),
      ...args,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );

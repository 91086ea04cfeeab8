import { copyFileSync, readdirSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createRandom, InputError } from '@q-anchor/core';
import {
  createUserStore,
  NotDurableError,
  openDurableUsers,
  type ChangeableUsers,
  type DurableUsersOptions,
  type ServedEvent,
} from '@q-anchor/kv-serving';
import { describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';

const retention = {
  modalities: [
    { name: 'bill', maxEvents: 4, maxTokens: 8 },
    { name: 'spm', maxEvents: 3, maxTokens: 8 },
  ],
  windowDays: 10,
};

interface Users extends ChangeableUsers {
  /** All that is kept, as text. */
  text(): string;
}

function createUsers({ modalities = retention.modalities, days = 20 } = {}): Users {
  const store = createUserStore({
    retention: { ...retention, modalities },
    referenceDays: () => days,
  });
  return {
    putUser: (profile) => store.put(profile),
    appendEvents: (userId, events) => store.append(userId, events),
    deleteUser: (userId) => store.delete(userId),
    keptUsers: () => store.kept(),
    restoreUser: (user) => store.restore(user),
    text: () =>
      JSON.stringify([...store.kept()].toSorted((a, b) => (a.userId < b.userId ? -1 : 1))),
  };
}
const event = (timeDays: number, text: string, more: Partial<ServedEvent> = {}): ServedEvent => ({
  timeDays,
  text,
  ...more,
});
const profileOf = (userId: string, ...bill: readonly ServedEvent[]) => ({
  userId,
  events: { bill },
  tabular: { age: 3, town: 'Ulm', gone: null },
});
const opened = async (directory: string, options: Partial<DurableUsersOptions> = {}) => {
  const users = createUsers();
  return { users, durable: await openDurableUsers(users, { directory, ...options }) };
};
/** The folder as a crash at this moment leaves it; copied again where files came or went meanwhile. */
const crashed = async (directory: string): Promise<string> => {
  for (;;) {
    const [copy, names] = [await temporaryFolder(), readdirSync(directory)];
    try {
      for (const name of names) {
        if (name !== 'lock') copyFileSync(join(directory, name), join(copy, name));
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw error;
    }
    if (readdirSync(directory).join() === names.join()) return copy;
  }
};
const changesIn = async (directory: string): Promise<string[]> =>
  (await readdir(directory)).filter((name) => name.endsWith('.changes')).toSorted();

test('users, events and deletions come back, with ids and columns', async () => {
  const directory = join(await temporaryFolder(), 'state');
  let text: string;
  {
    const { users, durable } = await opened(directory);
    await using _ = durable;
    expect(await durable.putUser(profileOf('../a', event(15, 'x', { id: '1' })))).toMatchObject({
      added: 1,
    });
    await durable.putUser(profileOf('b', event(16, '\u{1F355} \ud800 "', { value: 2 })));
    await durable.putUser(profileOf('c'));
    const events = { bill: [event(11, 'late'), event(1, 'y', { id: '1' }), event(30, 'ahead')] };
    expect(await durable.appendEvents('../a', events)).toEqual({
      added: 2,
      duplicates: 1,
      outside: 0,
    });
    expect(await durable.deleteUser('c')).toBe(true);
    expect(await durable.deleteUser('c')).toBe(false);
    text = users.text();
  }
  const { users, durable } = await opened(directory);
  await using _ = durable;
  expect(users.text()).toBe(text);
  expect(durable.counts).toMatchObject({ replayed: 5, tornBytes: 0 });
});

test('what is refused is not written', async () => {
  const directory = await temporaryFolder();
  const { users, durable } = await opened(directory);
  await expect(durable.appendEvents('nobody', {})).rejects.toThrow('nobody');
  await expect(durable.putUser({ ...profileOf('a'), userId: '' })).rejects.toThrow(InputError);
  expect(durable.counts.writes).toBe(0);
  expect(users.text()).toBe('[]');
  await durable[Symbol.asyncDispose]();
});

test('random changes, crashes and rewritings give what the changes alone give', async () => {
  let directory = await temporaryFolder();
  for (const seed of [1, 2]) {
    const random = createRandom(seed);
    const plain = createUsers();
    directory = await temporaryFolder();
    let { users, durable } = await opened(directory, { compactBytes: 2500 });
    let [crashes, compactions] = [0, 0];
    for (let step = 0; step < 160; step++) {
      const userId = `u${random.integer(6)}`;
      const events = Array.from({ length: random.integer(4) }, () =>
        event(5 + 20 * random.uniform(), random.pick(['pizza', 'rent']), {
          ...(random.uniform() < 0.5 && { id: `${random.integer(9)}` }),
        }),
      );
      const dice = random.uniform();
      if (dice < 0.2) {
        plain.putUser(profileOf(userId, ...events));
        await durable.putUser(profileOf(userId, ...events));
      } else if (dice < 0.3) {
        plain.deleteUser(userId);
        await durable.deleteUser(userId);
      } else if (users.text().includes(`"${userId}"`)) {
        plain.appendEvents(userId, { bill: events });
        await durable.appendEvents(userId, { bill: events });
      }
      if (random.uniform() < 0.05) {
        crashes++;
        const copy = await crashed(directory);
        await durable[Symbol.asyncDispose]();
        compactions += durable.counts.compactions;
        ({ users, durable } = await opened(copy, { compactBytes: 2500 }));
        directory = copy;
      }
      expect(users.text()).toBe(plain.text());
    }
    await durable[Symbol.asyncDispose]();
    compactions += durable.counts.compactions;
    expect(crashes).toBeGreaterThan(3);
    // How many it takes depends on how long each does: changes go on meanwhile.
    expect(compactions).toBeGreaterThan(0);
    // What is covered is gone.
    expect((await readdir(directory)).length).toBeLessThan(5);
  }
});

test('a write cut anywhere costs itself alone', async () => {
  const directory = await temporaryFolder();
  const { users, durable } = await opened(directory);
  await durable.putUser(profileOf('a', event(15, 'x')));
  const before = users.text();
  const [name] = await changesIn(directory);
  const path = join(directory, name!);
  const length = (await readFile(path)).length;
  await durable.appendEvents('a', { bill: [event(16, 'y')] });
  await durable[Symbol.asyncDispose]();
  const whole = await readFile(path);
  for (let end = length; end < whole.length; end += 7) {
    await writeFile(path, whole.subarray(0, end));
    const copy = await crashed(directory);
    for (const time of ['first', 'second']) {
      const again = await opened(copy);
      expect(again.users.text()).toBe(before);
      expect(again.durable.counts.tornBytes).toBe(time === 'first' ? end - length : 0);
      await again.durable[Symbol.asyncDispose]();
    }
  }
  // The header itself.
  await writeFile(path, whole.subarray(0, 20));
  const again = await opened(directory);
  expect(again.users.text()).toBe('[]');
  await again.durable.putUser(profileOf('a'));
  await again.durable[Symbol.asyncDispose]();
  const last = await opened(directory);
  expect(last.durable.counts.replayed).toBe(1);
  await last.durable[Symbol.asyncDispose]();
});

describe('refuses', () => {
  test('damage before the last record, and files of another format', async () => {
    const directory = await temporaryFolder();
    const { durable } = await opened(directory);
    for (const id of ['a', 'b', 'c']) await durable.putUser(profileOf(id));
    await durable[Symbol.asyncDispose]();
    const [name] = await changesIn(directory);
    const path = join(directory, name!);
    const whole = await readFile(path);
    const damaged = Buffer.from(whole);
    damaged[damaged.indexOf('"b"') + 1]! ^= 4;
    await writeFile(path, damaged);
    await expect(opened(directory)).rejects.toThrow(
      /00000001\.changes, byte \d+: expected a record/,
    );
    await writeFile(path, damaged.subarray(0, damaged.indexOf('"c"')));
    await expect(opened(directory)).rejects.toThrow(/byte \d+/);
    const { crc32 } = await import('node:zlib');
    const header = '{"format":"q-anchor-users","version":2}';
    await writeFile(path, `${crc32(header).toString(16).padStart(8, '0')} ${header}\n`);
    await expect(opened(directory)).rejects.toThrow(/version 2/);
    await writeFile(path, whole);
    await (await opened(directory)).durable[Symbol.asyncDispose]();
  });

  test('a missing file of changes', async () => {
    const directory = await temporaryFolder();
    for (const id of ['a', 'b', 'c']) {
      const { durable } = await opened(directory);
      await durable.putUser(profileOf(id));
      await durable[Symbol.asyncDispose]();
    }
    const names = await changesIn(directory);
    expect(names).toHaveLength(3);
    await rm(join(directory, names[1]!));
    await expect(opened(directory)).rejects.toThrow(names[1]);
  });

  test('a model that takes less than was written', async () => {
    const directory = await temporaryFolder();
    const { durable } = await opened(directory);
    await durable.putUser({ userId: 'a', events: { spm: [event(15, 'x')] }, tabular: {} });
    await durable[Symbol.asyncDispose]();
    const users = createUsers({ modalities: [retention.modalities[0]!] });
    await expect(openDurableUsers(users, { directory })).rejects.toThrow(/spm.*another folder/);
  });

  test('a folder that is in use; not one whose holder is gone', async () => {
    const directory = await temporaryFolder();
    const { durable } = await opened(directory);
    await expect(opened(directory)).rejects.toThrow(/in use by this process/);
    await durable[Symbol.asyncDispose]();
    await writeFile(join(directory, 'lock'), `${process.ppid}\n`);
    await expect(opened(directory)).rejects.toThrow(`process ${process.ppid}`);
    await writeFile(join(directory, 'lock'), '999999999\n');
    await (await opened(directory)).durable[Symbol.asyncDispose]();
    expect(await readdir(directory)).not.toContain('lock');
  });
});

test('changes that come together share a write; one seen already waits for its first', async () => {
  const { durable } = await opened(await temporaryFolder());
  await using _open = durable;
  await durable.putUser(profileOf('a'));
  const order: string[] = [];
  const named = (name: string, done: Promise<unknown>): Promise<unknown> =>
    done.then(() => order.push(name));
  const same = { spm: [event(15, 'x', { id: '1' })] };
  await Promise.all([
    ...Array.from({ length: 50 }, (_, i) => durable.putUser(profileOf(`u${i}`))),
    named('first', durable.appendEvents('a', same)),
    named('again', durable.appendEvents('a', same)),
  ]);
  expect(order).toEqual(['first', 'again']);
  expect(durable.counts.writes).toBeLessThanOrEqual(3);
});

test('after a failed write nothing is taken any more', async () => {
  const root = await temporaryFolder();
  const directory = join(root, 'state');
  await mkdir(directory);
  const errors: unknown[] = [];
  const { durable } = await opened(directory, {
    compactBytes: 0,
    onCompactionError: (error) => errors.push(error),
  });
  await rm(directory, { recursive: true });
  await durable.putUser(profileOf('a')); // the open file is there still, the next can't be made
  await expect.poll(() => errors).toEqual([expect.any(NotDurableError)]);
  await expect(durable.putUser(profileOf('b'))).rejects.toThrow(NotDurableError);
  await expect(durable.deleteUser('nobody')).rejects.toThrow(NotDurableError);
  await durable[Symbol.asyncDispose]();
});

test('leftovers of a crash between writing users and removing changes do no harm', async () => {
  const directory = await temporaryFolder();
  const { users, durable } = await opened(directory, { compactBytes: 0 });
  await durable.putUser(profileOf('a', event(15, 'x')));
  await expect.poll(() => durable.counts.compactions).toBeGreaterThan(0);
  const text = users.text();
  await durable[Symbol.asyncDispose]();
  await appendFile(join(directory, '00000001.changes'), 'left');
  await writeFile(join(directory, '00000009.users.partial'), 'left');
  const again = await opened(directory);
  expect(again.users.text()).toBe(text);
  await again.durable[Symbol.asyncDispose]();
  expect((await readdir(directory)).join(' ')).not.toMatch(/00000001\.changes|partial/);
});

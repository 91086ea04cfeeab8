import { expect, test } from 'vitest';

import { madeOnce } from '../src/model/made-once.js';

test('what is made is made once, and what failed is tried again', async () => {
  let tries = 0;
  let disposed = 0;
  const thing = madeOnce(async () => {
    tries += 1;
    await Promise.resolve();
    if (tries === 1) throw new Error('no memory');
    return {
      name: `of try ${tries}`,
      async [Symbol.asyncDispose]() {
        disposed += 1;
      },
    };
  });
  const both = await Promise.allSettled([thing.get(), thing.get()]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(tries).toBe(1);
  const [one, other] = await Promise.all([thing.get(), thing.get()]);
  expect(one.name).toBe('of try 2');
  expect(other).toBe(one);
  await thing[Symbol.asyncDispose]();
  expect(disposed).toBe(1);
});

test('nothing is made to be disposed of', async () => {
  let tries = 0;
  const never = madeOnce(async () => {
    tries += 1;
    throw new Error('no memory');
  });
  await never[Symbol.asyncDispose]();
  expect(tries).toBe(0);
  await expect(never.get()).rejects.toThrow('no memory');
  await never[Symbol.asyncDispose]();
});

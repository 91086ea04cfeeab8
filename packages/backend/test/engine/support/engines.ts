import { afterAll } from 'vitest';

import { createEngine, type Engine } from '@q-anchor/backend';

/** One thread, so that a test's numbers do not depend on the machine. */
const here = createEngine({ device: 'cpu', threads: 1 });
const inWorker = createEngine({ device: 'cpu', threads: 1, worker: true });

/** Both ways of running, for `describe.each`: they must behave alike. */
export const engines: readonly (readonly [string, () => Promise<Engine>])[] = [
  ['in this thread', () => here],
  ['in a worker', () => inWorker],
];

afterAll(async () => {
  await (await here)[Symbol.asyncDispose]();
  await (await inWorker)[Symbol.asyncDispose]();
});

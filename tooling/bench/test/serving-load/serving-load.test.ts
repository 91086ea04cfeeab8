import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { InputError } from '@q-anchor/core';
import { openModel } from '@q-anchor/dual-tower';
import { expect, test } from 'vitest';

import { temporaryFolder } from '../../../../packages/core/test/support/temporary-folder.js';
import { servingLoadArgumentsFrom } from '../../src/serving-load/load-arguments.js';
import { percentile, runLoad } from '../../src/serving-load/load-client.js';
import { servingLoadText } from '../../src/serving-load/load-text.js';
import { madeUpEvents, writeNanoModel } from '../../src/serving-load/nano-model.js';
import { growthPerMinute, type LoadPhase } from '../../src/serving-load/run-serving-load.js';

test('arguments: defaults, and what is wrong', () => {
  expect(servingLoadArgumentsFrom([])).toEqual({
    seconds: 60,
    connections: 16,
    users: 200,
    events: 100,
    isJson: false,
  });
  expect(servingLoadArgumentsFrom(['--model', 'm', '--threads', '2', '--json'])).toMatchObject({
    model: 'm',
    threads: 2,
    isJson: true,
  });
  expect(() => servingLoadArgumentsFrom(['--seconds', '0'])).toThrow(InputError);
  expect(() => servingLoadArgumentsFrom(['more'])).toThrow(InputError);
});

test('percentiles and growth, by hand', () => {
  const sorted = Float64Array.of(1, 2, 3, 4);
  expect([0, 0.5, 0.99, 1].map((share) => percentile(sorted, share))).toEqual([1, 3, 4, 4]);
  expect(percentile(new Float64Array(), 0.5)).toBeNaN();
  // A value a second.
  expect(growthPerMinute([5, 6, 7, 8])).toBeCloseTo(60);
  expect(growthPerMinute([5, 7, 5, 7, 5])).toBeCloseTo(0);
  expect(growthPerMinute([5])).toBe(0);
});

test('a load keeps so many requests under way, and counts what comes back', async () => {
  let [now, most, count] = [0, 0, 0];
  const server = createServer((asked, answer) => {
    most = Math.max(most, ++now);
    asked.resume();
    asked.on('end', () =>
      setTimeout(() => {
        now--;
        // Every third is refused, every sixth without saying when to come again.
        const isRefused = ++count % 3 === 0;
        if (isRefused && count % 6 !== 0) answer.setHeader('retry-after', '1');
        answer.writeHead(isRefused ? 429 : 200).end('{}');
      }, 5),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const outcome = await runLoad(`http://127.0.0.1:${port}`, {
    connections: 4,
    seconds: 0.5,
    next: () => ({ method: 'POST', path: '/', body: { a: 1 } }),
  });
  server.close();
  const { statuses, milliseconds, withoutRetryAfter } = outcome;
  expect(most).toBeLessThanOrEqual(4);
  expect(statuses[200]! + statuses[429]!).toBe(count);
  expect(statuses[429]).toBe(Math.floor(count / 3));
  expect(withoutRetryAfter).toBe(Math.floor(count / 6));
  expect(milliseconds).toHaveLength(statuses[200]!);
  expect(milliseconds[0]).toBeGreaterThanOrEqual(4);
  expect(milliseconds.toSorted()).toEqual(milliseconds);
});

test('the model has the shape of nano', async () => {
  const directory = join(await temporaryFolder(), 'model');
  await writeNanoModel(directory, 100);
  const { config } = await openModel(directory);
  expect(config.decoder).toMatchObject({ layers: 2, width: 128, heads: 4, keyValueHeads: 2 });
  expect(config.users.modalities[0]).toMatchObject({ maxEvents: 100 });
  expect(madeUpEvents(3, 5)).toEqual(madeUpEvents(3, 5));
  expect(madeUpEvents(3, 5)).not.toEqual(madeUpEvents(4, 5));
});

test('a report in words', () => {
  const phase: LoadPhase = {
    seconds: 60,
    statuses: { 200: 6000 },
    perSecond: 100,
    p50Ms: 1,
    p95Ms: 2,
    p99Ms: 3,
  };
  const text = servingLoadText({
    connections: 16,
    users: 10,
    steady: phase,
    eventLoopP99Ms: 4,
    eventLoopMaxMs: 9,
    residentMB: [100, 110, 120],
    growthMBPerMinute: 0.5,
    cacheHitShare: 0.9,
    queriesPerRun: 3,
    overload: { ...phase, statuses: { 200: 10, 429: 20 }, withoutRetryAfter: 0 },
    alone: { requestMs: 3.5, runMs: 2 },
    recovery: phase,
  });
  expect(text).toContain('100 answers a second for 60 s; p50 / p95 / p99 1.0 / 2.0 / 3.0 ms');
  expect(text).toContain('10 of 200, 20 of 429');
  expect(text).toContain('3.50 ms a request on a cached prefix, of which 2.00 ms');
  expect(text).toContain('resident 100, 110, 120 MB');
});

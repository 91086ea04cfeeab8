import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import {
  writeScenario,
  writtenModel,
} from '../../../packages/kv-serving/test/support/written-model.js';
import { ann, startServer, type TestServer } from './support/server.js';

const embed = (server: TestServer, more: object = {}) =>
  server.ask('/v1/embeddings', {
    body: { model: 'q-anchor', user: 'ann', input: 'paid the rent', ...more },
  });

test('while the model loads: alive, not ready, and others are told to come again', async () => {
  await using server = await startServer(['--model', await writtenModel()], { isReady: false });
  expect((await server.ask('/health')).status).toBe(200);
  const ready = await server.ask('/ready');
  expect([ready.status, ready.json]).toEqual([503, { status: 'loading' }]);
  for (const path of ['/v1/models', '/v1/users/ann']) {
    const { status, headers, json } = await server.ask(path);
    expect([status, json.error.code]).toEqual([503, 'loading']);
    expect(headers.get('retry-after')).toBe('1');
  }
  await server.server.ready;
  expect((await server.ask('/ready')).json).toEqual({ status: 'ready' });
});

test('a model that is none ends in an error that says so', async () => {
  const server = await startServer(['--model', '/nowhere'], { isReady: false });
  await expect(server.server.ready).rejects.toThrow(
    /--model \/nowhere: expected a model directory/,
  );
  await server[Symbol.asyncDispose]();
});

describe('scenarios', () => {
  test('are loaded again without a restart; where they cannot, the former stay', async () => {
    const directory = await writtenModel();
    await using server = await startServer(['--model', directory]);
    await server.ask('/v1/users/ann', { method: 'PUT', body: ann });
    const ids = async (): Promise<string[]> =>
      (await server.ask('/v1/scenarios')).json.data.map(({ id }: { id: string }) => id);
    const reload = () => server.ask('/v1/scenarios/reload', { method: 'POST' });
    const takeout = (await server.ask('/v1/scores', { body: { user: 'ann' } })).json.data[0];

    await writeScenario(directory, { name: 'rent', seed: 2 });
    expect(await ids()).toEqual(['takeout']);
    expect((await reload()).json.data).toHaveLength(2);
    expect(await ids()).toEqual(['rent', 'takeout']);
    const scores = await server.ask('/v1/scores', { body: { user: 'ann' } });
    const again = scores.json.data[1];
    expect(again.digest).toBe(takeout.digest);
    // Packed with another, it is rounded otherwise.
    expect(again.probability).toBeCloseTo(takeout.probability, 5);
    expect((await embed(server, { model: 'q-anchor:rent' })).status).toBe(200);

    const folder = join(directory, 'scenarios');
    await mkdir(join(folder, 'broken'));
    await writeFile(join(folder, 'broken', 'scenario.json'), '{"secret text"');
    const refused = await reload();
    expect([refused.status, refused.json.error.code]).toEqual([422, 'unprocessable']);
    expect(await ids()).toEqual(['rent', 'takeout']);

    await rm(join(folder, 'broken'), { recursive: true });
    await rename(join(folder, 'takeout'), join(directory, 'away'));
    await server.server.reload();
    expect(await ids()).toEqual(['rent']);
    const gone = await embed(server, { model: 'q-anchor:takeout' });
    expect([gone.status, gone.json.error.code]).toEqual([404, 'model_not_found']);
    await mkdir(join(folder, 'broken'));
    await server.server.reload();
    expect(server.log()).toContain('scenarios not loaded');
  });
});

describe('overload', () => {
  test('is told 429 and when to come again; afterwards everything is as before', async () => {
    const args = ['--model', await writtenModel(), '--max-queued', '4', '--cache-mib', '0'];
    await using server = await startServer(args);
    await server.ask('/v1/users/ann', { method: 'PUT', body: ann });
    const answers = await Promise.all(Array.from({ length: 80 }, () => embed(server)));
    const counts = new Map<number, number>();
    for (const { status, headers, json } of answers) {
      counts.set(status, (counts.get(status) ?? 0) + 1);
      if (status === 200) continue;
      expect([status, json.error.code, json.error.type]).toEqual([
        429,
        'overloaded',
        'rate_limit_error',
      ]);
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    expect(counts.get(200)).toBeGreaterThanOrEqual(4);
    expect(counts.get(429)).toBeGreaterThanOrEqual(1);
    for (let i = 0; i < 5; i++) expect((await embed(server)).status).toBe(200);
    const { text } = await server.ask('/metrics');
    expect(text).toMatch(new RegExp(`^q_anchor_overloaded_total ${counts.get(429)}$`, 'm'));
    expect(text).toMatch(/^q_anchor_queue_depth 0$/m);
  });

  test('what is not done in time is told 504', async () => {
    const args = ['--model', await writtenModel(), '--timeout-ms', '1', '--cache-mib', '0'];
    await using server = await startServer(args);
    await server.ask('/v1/users/ann', { method: 'PUT', body: ann });
    const answers = await Promise.all(Array.from({ length: 30 }, () => embed(server)));
    const late = answers.filter(({ status }) => status === 504);
    expect(late.length).toBeGreaterThan(0);
    expect(late[0]!.json.error).toMatchObject({ code: 'timeout', type: 'server_error' });
  });
});

test('ending: not ready first, then what is under way is answered, then nobody listens', async () => {
  const args = ['--model', await writtenModel(), '--drain-delay-ms', '1000', '--cache-mib', '0'];
  const server = await startServer(args);
  await server.ask('/v1/users/ann', { method: 'PUT', body: ann });
  const under = Promise.all(Array.from({ length: 40 }, () => embed(server)));
  await expect
    .poll(async () => (await server.ask('/metrics')).text)
    .toMatch(/_run_requests_count [1-9]/);
  const ended = server.server.drain();
  const ready = await server.ask('/ready');
  expect([ready.status, ready.json]).toEqual([503, { status: 'draining' }]);
  expect((await server.ask('/health')).status).toBe(200);
  expect((await under).map(({ status }) => status)).toEqual(Array.from({ length: 40 }, () => 200));
  await ended;
  await expect(server.ask('/health')).rejects.toThrow('fetch failed');
  expect(server.log()).toContain('"msg":"ended"');
});

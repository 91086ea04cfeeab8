import { setTimeout as sleep } from 'node:timers/promises';

import { createRandom } from '@q-anchor/core';
import { pca, pcaProjections } from '@q-anchor/metrics';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { writtenModel } from '../../../packages/kv-serving/test/support/written-model.js';
import { createTurns } from '../src/app/turns.js';
import { planeOf } from '../src/plane/plane.js';
import { evenlyChosen } from '../src/routes/asked-users.js';
import { answerSchemas } from '../src/schemas/answers.js';
import { ann, startServer, type TestServer } from './support/server.js';

const input = 'Will this user order takeaway food?';
const names = ['ann', 'ben', 'cat', 'dan', 'eve'];
let server: TestServer;
beforeAll(async () => {
  server = await startServer(['--model', await writtenModel()]);
  const random = createRandom(5);
  for (const name of names) {
    const bill = Array.from({ length: 2 + random.integer(5) }, () => ({
      time: 30 * random.uniform(),
      text: random.pick(['takeaway pizza', 'paid the rent', 'pizza']),
    }));
    const body = name === 'ann' ? ann : { events: { bill } };
    await server.ask(`/v1/users/${name}`, { method: 'PUT', body });
  }
});
afterAll(() => server[Symbol.asyncDispose]());

const sumOf = (value: unknown): number =>
  typeof value === 'number'
    ? value
    : Object.values(value as object).reduce((sum: number, part) => sum + sumOf(part), 0);

test('users are listed by how their ids begin', async () => {
  const all = answerSchemas.users.parse((await server.ask('/v1/users')).json);
  expect([all.total, all.data.map(({ id }) => id)]).toEqual([5, names]);
  const some = await server.ask('/v1/users?prefix=b&limit=1');
  expect(some.json).toMatchObject({ total: 1, data: [{ id: 'ben' }] });
  expect((await server.ask('/v1/users?limit=2')).json).toMatchObject({ total: 5 });
  expect((await server.ask('/v1/users?limit=1001')).status).toBe(400);
});

describe('attention', () => {
  test('of a question: shares are whole, events are the user’s', async () => {
    const { json } = await server.ask('/v1/attention', { body: { user: 'ann', input, top: 1 } });
    const { shares, even, top_events: events, queries } = answerSchemas.attention.parse(json);
    expect(sumOf(shares)).toBeCloseTo(1, 5);
    expect(sumOf(even)).toBeCloseTo(1, 5);
    expect(queries).toEqual([input]);
    expect(shares).not.toHaveProperty('prompts');
    expect(events).toHaveLength(1);
    const known: Record<string, number> = { 'paid the rent': 10, 'takeaway pizza': 4.5 };
    expect(events[0]!.days_before).toBe(known[events[0]!.text]);
    expect(events[0]!.share).toBeLessThanOrEqual(shares.modalities['bill']!.events);
  });

  test('of a scenario: behind its prompts', async () => {
    const asked = { user: 'ann', scenario: 'takeout' };
    const { json } = await server.ask('/v1/attention', { body: asked });
    const { shares, queries } = answerSchemas.attention.parse(json);
    expect(queries).toContain(input);
    expect(shares.prompts).toBeGreaterThan(0);
    expect(sumOf(shares)).toBeCloseTo(1, 5);
  });

  test.each([
    ['neither', {}, 400],
    ['both', { input, scenario: 'takeout' }, 400],
    ['an unknown scenario', { scenario: 'none' }, 404],
    ['an unknown user', { user: 'nobody', input }, 404],
    ['a question of too many tokens', { input: 'takeaway '.repeat(200) }, 422],
  ])('of %s is refused', async (_, more, status) => {
    const answer = await server.ask('/v1/attention', { body: { user: 'ann', ...more } });
    expect(answer.status).toBe(status);
    expect(answerSchemas.error.safeParse(answer.json).success).toBe(true);
  });
});

const embedding = async (user: string): Promise<readonly number[]> =>
  (await server.ask('/v1/embeddings', { body: { model: 'q-anchor', user, input } })).json.data[0]
    .embedding;

test('the nearest users are those of the highest cosine', async () => {
  const { json } = await server.ask('/v1/nearest', { body: { user: 'cat', input, limit: 3 } });
  const { data, known, compared } = answerSchemas.nearest.parse(json);
  expect([known, compared]).toEqual([4, 4]);
  const own = await embedding('cat');
  const all = await Promise.all(
    names
      .filter((name) => name !== 'cat')
      .map(async (user) => {
        const other = await embedding(user);
        return { user, cosine: own.reduce((sum, value, i) => sum + value * other[i]!, 0) };
      }),
  );
  const best = all.toSorted((a, b) => b.cosine - a.cosine).slice(0, 3);
  expect(data.map(({ user }) => user)).toEqual(best.map(({ user }) => user));
  for (const [i, { cosine }] of best.entries()) expect(data[i]!.cosine).toBeCloseTo(cosine, 5);
  const few = await server.ask('/v1/nearest', { body: { user: 'cat', input, among: 2 } });
  expect(few.json).toMatchObject({ known: 4, compared: 2 });
});

test('the map has the probabilities of /v1/scores, and both axes', async () => {
  const { json } = await server.ask('/v1/map', { body: { scenario: 'takeout' } });
  const { data, known, explained } = answerSchemas.map.parse(json);
  expect([known, data.map(({ user }) => user)]).toEqual([5, names]);
  for (const { user, probability } of data) {
    const scores = await server.ask('/v1/scores', { body: { user } });
    expect(probability).toBeCloseTo(scores.json.data[0].probability, 4);
  }
  expect(explained[0]).toBeGreaterThanOrEqual(explained[1]!);
  expect(explained[0]! + explained[1]!).toBeLessThanOrEqual(1 + 1e-9);
  expect(data.reduce((sum, { x }) => sum + x, 0)).toBeCloseTo(0, 6);
  const two = await server.ask('/v1/map', { body: { scenario: 'takeout', limit: 2, user: 'eve' } });
  expect(two.json.data.map(({ user }: { user: string }) => user)).toContain('eve');
  const wrong = await server.ask('/v1/map', { body: { scenario: 'none' } });
  expect([wrong.status, wrong.json.error.code]).toEqual([404, 'scenario_not_found']);
});

test('answers in words, of so many tokens, and none of it in the log', async () => {
  expect((await server.ask('/v1/models')).json.data[0].answers).toBe(true);
  const body = { user: 'ann', input, max_tokens: 5 };
  const { json } = await server.ask('/v1/answers', { body });
  const answer = answerSchemas.answer.parse(json);
  expect(answer.tokens).toBeLessThanOrEqual(5);
  expect(['end', 'maxTokens']).toContain(answer.stop_reason);
  expect((await server.ask('/v1/answers', { body })).json).toEqual(json);
  expect(server.log()).toContain('/v1/answers');
  expect(server.log()).not.toMatch(/takeaway|rent|eve"/);
});

test('a model that did not learn to answer says so', async () => {
  const model = await writtenModel({ nextTokenWeight: 0 });
  await using other = await startServer(['--model', model]);
  await other.ask('/v1/users/ann', { method: 'PUT', body: ann });
  expect((await other.ask('/v1/models')).json.data[0].answers).toBe(false);
  const answer = await other.ask('/v1/answers', { body: { user: 'ann', input } });
  expect([answer.status, answer.json.error.code]).toEqual([422, 'no_answers']);
});

test('what takes long is ended in time', async () => {
  await using other = await startServer(['--model', await writtenModel(), '--timeout-ms', '1']);
  await other.ask('/v1/users/ann', { method: 'PUT', body: ann });
  const answer = await other.ask('/v1/nearest', { body: { user: 'ann', input } });
  expect([answer.status, answer.json.error.code]).toEqual([504, 'timeout']);
});

describe('turns', () => {
  const never = new AbortController().signal;

  test('go one by one; too many are refused, one that fails is passed', async () => {
    await using turns = createTurns({ maxWaiting: 2 });
    let running = 0;
    let most = 0;
    const work = async (): Promise<string> => {
      most = Math.max(most, ++running);
      await sleep(5);
      running--;
      return 'done';
    };
    const fails = turns.take(() => Promise.reject(new Error('broken')), never);
    const all = await Promise.allSettled([fails, ...[1, 2, 3].map(() => turns.take(work, never))]);
    expect(all.map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'rejected',
    ]);
    expect(all[3]).toMatchObject({ reason: { problem: { status: 429, retryAfterSeconds: 2 } } });
    expect(most).toBe(1);
    expect(await turns.take(work, never)).toBe('done');
  });

  test('are over after disposal, and one whose caller left is not begun', async () => {
    const turns = createTurns({ maxWaiting: 1 });
    const left = AbortSignal.abort(new Error('left'));
    await expect(turns.take(async () => 'done', left)).rejects.toThrow('left');
    await turns[Symbol.asyncDispose]();
    const late = turns.take(async () => 'done', never);
    await expect(late).rejects.toMatchObject({ problem: { status: 503 } });
  });
});

describe('a plane', () => {
  const random = createRandom(1);
  const drawn = (count: number): Float64Array =>
    Float64Array.from({ length: count }, () => random.normal());

  test('of vectors is that of their principal axes', () => {
    const [rows, columns] = [5, 12];
    const data = drawn(rows * columns);
    const axes = pca({ data, rows, columns, components: 2 });
    expect(planeOf(data, columns)).toEqual({
      points: pcaProjections(axes, { features: data, rows, columns }),
      explained: [...axes.explainedVarianceRatio],
    });
  });

  test('there is none of one vector, or of equal ones', () => {
    expect(planeOf(new Float64Array(0), 0)).toEqual({
      points: new Float64Array(0),
      explained: [0, 0],
    });
    expect(planeOf(drawn(3), 3)).toEqual({ points: new Float64Array(2), explained: [0, 0] });
    const equal = planeOf(Float64Array.of(1, 2, 3, 1, 2, 3), 3);
    expect(equal).toEqual({ points: new Float64Array(4), explained: [0, 0] });
  });
});

test('users are chosen evenly along their order', () => {
  const ids = ['d', 'a', 'c', 'b', 'e', 'f'];
  expect(evenlyChosen(ids, 3)).toEqual(['a', 'c', 'e']);
  expect(evenlyChosen(ids, 9)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
});

import { beforeAll, describe, expect, test, afterAll } from 'vitest';

import { writtenModel } from '../../../packages/kv-serving/test/support/written-model.js';
import { answerSchemas } from '../src/schemas/answers.js';
import { ann, startServer, type TestServer } from './support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer(['--model', await writtenModel(), '--max-queries', '4']);
  await server.ask('/v1/users/ann', { method: 'PUT', body: ann });
});
afterAll(() => server[Symbol.asyncDispose]());

const embed = (body: object = {}) =>
  server.ask('/v1/embeddings', {
    body: { model: 'q-anchor', user: 'ann', input: 'paid the rent', ...body },
  });
const floatsOf = (base64: string): number[] => {
  const bytes = Buffer.from(base64, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
};

describe('users', () => {
  test('are put, asked for, added to and deleted', async () => {
    const put = await server.ask('/v1/users/ben', { method: 'PUT', body: ann });
    expect(put.json).toEqual({
      object: 'user.events',
      user: 'ben',
      added: 2,
      duplicates: 0,
      outside: 0,
    });
    const bill = [
      { id: 'e2', time: 29, text: 'again' },
      { time: '1970-01-23T12:00:00Z', text: 'pizza' },
      { time: 40, text: 'ahead' },
      { time: -1, text: 'long ago' },
    ];
    const events = await server.ask('/v1/users/ben/events', { body: { events: { bill } } });
    expect(events.json).toMatchObject({ added: 2, duplicates: 1, outside: 1 });
    const got = await server.ask('/v1/users/ben');
    expect(answerSchemas.user.parse(got.json)).toEqual({
      object: 'user',
      id: 'ben',
      reference_time: 30,
      events: {
        bill: [
          { time: 20, text: 'paid the rent' },
          { time: 22.5, text: 'pizza' },
          { time: 25.5, text: 'takeaway pizza', value: 12.5 },
        ],
      },
      tabular: {},
    });
    const deleted = await server.ask('/v1/users/ben', { method: 'DELETE' });
    expect(deleted.json).toEqual({ object: 'user.deleted', id: 'ben', deleted: true });
    for (const [path, method] of [
      ['/v1/users/ben', 'GET'],
      ['/v1/users/ben', 'DELETE'],
    ] as const) {
      const gone = await server.ask(path, { method });
      expect([gone.status, gone.json.error.code]).toEqual([404, 'user_not_found']);
    }
    const late = await server.ask('/v1/users/ben/events', { body: { events: {} } });
    expect(late.status).toBe(404);
  });

  test('are seen as of a time, as far as it is kept', async () => {
    const then = await server.ask('/v1/users/ann?reference_time=1970-01-23T00:00:00Z');
    expect(then.json.events.bill).toHaveLength(1);
    expect(then.json.reference_time).toBe(22);
    const bill = [{ time: -5, text: 'old' }];
    await server.ask('/v1/users/old', { method: 'PUT', body: { events: { bill } } });
    const past = await server.ask('/v1/users/old?reference_time=3');
    expect([past.status, past.json.error.code]).toEqual([422, 'unprocessable']);
  });

  test('may be called anything but nothing and control characters', async () => {
    const ids = ['a/b', '../../etc/passwd', '%00'.slice(0, 1), 'ü 名', '.', 'x'.repeat(256)];
    for (const id of ids) {
      const path = `/v1/users/${encodeURIComponent(id)}${id === '.' ? '?' : ''}`;
      const put = await server.ask(path, { method: 'PUT', body: ann });
      // Clients take a single dot out of a path before they ask.
      if (id === '.') continue;
      expect([id, put.status, put.json.user]).toEqual([id, 200, id]);
      expect((await embed({ user: id })).status).toBe(200);
      expect((await server.ask(path, { method: 'DELETE' })).status).toBe(200);
    }
    for (const id of ['%00', '%0A', 'x'.repeat(257), '%ZZ', '%C0%AF']) {
      const put = await server.ask(`/v1/users/${id}`, { method: 'PUT', body: ann });
      expect([id, put.status]).toEqual([id, 400]);
      expect(put.json.error.type).toBe('invalid_request_error');
    }
  });
});

describe('embeddings', () => {
  test('have length 1, one equals many, float equals base64; the prefix is read once', async () => {
    const fresh = await server.ask('/v1/users/eve', { method: 'PUT', body: ann });
    expect(fresh.status).toBe(200);
    const one = await embed({ user: 'eve' });
    const { data, usage } = answerSchemas.embeddings.parse(one.json);
    const embedding = data[0]!.embedding as number[];
    expect(embedding).toHaveLength(8);
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
    expect(usage.prompt_tokens_details.cached_tokens).toBe(0);

    const many = await embed({ user: 'eve', input: ['', 'paid the rent'] });
    const details = many.json.usage.prompt_tokens_details;
    expect(details.cached_tokens).toBeGreaterThan(0);
    expect(many.json.usage.prompt_tokens).toBeGreaterThan(details.cached_tokens);
    expect(many.json.usage.total_tokens).toBe(many.json.usage.prompt_tokens);
    expect(many.json.data.map(({ index }: { index: number }) => index)).toEqual([0, 1]);
    for (const [d, number] of many.json.data[1].embedding.entries()) {
      expect(number).toBeCloseTo(embedding[d]!, 5);
    }
    const coded = await embed({ user: 'eve', encoding_format: 'base64' });
    expect(floatsOf(coded.json.data[0].embedding)).toEqual(embedding);
  });

  test('are shortened to length 1', async () => {
    const { json: whole } = await embed();
    const { json } = await embed({ dimensions: 3 });
    const [short, long] = [json.data[0].embedding, whole.data[0].embedding];
    const length = Math.hypot(...long.slice(0, 3));
    expect(short).toHaveLength(3);
    for (const [d, number] of short.entries()) expect(number).toBeCloseTo(long[d] / length, 6);
    expect((await embed({ dimensions: 8 })).json.data[0].embedding).toEqual(long);
    const more = await embed({ dimensions: 9 });
    expect([more.status, more.json.error.param]).toEqual([400, 'dimensions']);
  });

  test("by a scenario's prompts: its own question gives what scores are made from", async () => {
    const { json: scenarios } = await server.ask('/v1/scenarios');
    const { id, queries, model, prefix } = answerSchemas.scenarios.parse(scenarios).data[0]!;
    expect([id, model, prefix]).toEqual(['takeout', 'q-anchor:takeout', 'shared']);
    const tuned = await embed({ model, input: queries[0]! });
    const plain = await embed({ input: queries[0]! });
    expect(tuned.json.model).toBe(model);
    expect(tuned.json.data[0].embedding).not.toEqual(plain.json.data[0].embedding);
  });

  test.each([
    ['no user', { user: undefined }, 400, 'user'],
    ['an unknown user', { user: 'nobody' }, 404, 'user'],
    ['an unknown model', { model: 'gpt' }, 404, 'model'],
    ['an unknown scenario', { model: 'q-anchor:none' }, 404, 'model'],
    ['no input', { input: undefined }, 400, 'input'],
    ['an empty list', { input: [] }, 400, 'input'],
    ['token ids', { input: [1, 2] }, 400, 'input'],
    ['too many queries', { input: ['', '', '', '', ''] }, 400, 'input'],
    ['too long a query by characters', { input: 'x'.repeat(2001) }, 400, 'input'],
    ['an unknown key', { inputs: 'x' }, 400, null],
    ['an unknown encoding', { encoding_format: 'hex' }, 400, 'encoding_format'],
    ['no whole dimensions', { dimensions: 1.5 }, 400, 'dimensions'],
    ['a time that is none', { reference_time: 'yesterday' }, 400, 'reference_time'],
  ])('are refused for %s', async (_, body, status, param) => {
    const { status: found, json } = await embed(body);
    expect([found, json.error.param]).toEqual([status, param]);
    expect(answerSchemas.error.parse(json)).toEqual(json);
  });

  test('too long a query by tokens is unprocessable', async () => {
    const long = await embed({ input: 'x y z '.repeat(100) });
    expect([long.status, long.json.error.code]).toEqual([422, 'unprocessable']);
  });
});

describe('scores', () => {
  test('are probabilities, by scenario; all by default', async () => {
    const { status, json } = await server.ask('/v1/scores', { body: { user: 'ann' } });
    expect(status).toBe(200);
    const { data, reference_time } = answerSchemas.scores.parse(json);
    expect(reference_time).toBe(30);
    expect(data.map(({ scenario }) => scenario)).toEqual(['takeout']);
    expect(data[0]!.probability).toBe(data[0]!.probe.probability);
    expect(data[0]!.probability).toBeGreaterThan(0);
    expect(data[0]!.probability).toBeLessThan(1);
    const named = { user: 'ann', scenarios: ['takeout', 'takeout'] };
    expect((await server.ask('/v1/scores', { body: named })).json.data).toHaveLength(2);
    const unknown = { user: 'ann', scenarios: ['rain'] };
    const refused = await server.ask('/v1/scores', { body: unknown });
    expect([refused.status, refused.json.error.code]).toEqual([404, 'scenario_not_found']);
  });
});

test('models are listed: the model, and it with each scenario', async () => {
  const { json } = await server.ask('/v1/models');
  const ids = answerSchemas.models.parse(json).data.map(({ id }) => id);
  expect(ids).toEqual(['q-anchor', 'q-anchor:takeout']);
});

test('the root and the docs page: everything comes from here', async () => {
  const root = await server.ask('/');
  expect([root.status, root.headers.get('location')]).toEqual([302, '/docs/']);
  const page = await server.ask('/docs/');
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
  expect(links.length).toBeGreaterThan(3);
  for (const link of links) {
    expect(link).not.toMatch(/^(https?:)?\/\//);
    expect((await server.ask(new URL(link, 'http://x/docs/').pathname)).status).toBe(200);
  }
});

test('metrics tell of requests, tokens, cache and runs, never of users', async () => {
  await embed();
  const { text, headers } = await server.ask('/metrics');
  expect(headers.get('content-type')).toContain('text/plain');
  const value = (name: string): number =>
    Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (.+)$`, 'm').exec(text)?.[1]);
  expect(value('q_anchor_prefix_cache_hits_total')).toBeGreaterThan(0);
  expect(value('q_anchor_prefix_cache_queries_total')).toBeGreaterThan(
    value('q_anchor_prefix_cache_hits_total'),
  );
  expect(value('q_anchor_queue_depth')).toBe(0);
  expect(value('q_anchor_users')).toBeGreaterThan(0);
  expect(value('q_anchor_ready')).toBe(1);
  for (const kind of ['prefix', 'cached', 'query']) {
    expect(value(`q_anchor_tokens_total{kind="${kind}"}`)).toBeGreaterThan(0);
  }
  for (const what of ['requests', 'users', 'queries', 'duration_seconds']) {
    expect(value(`q_anchor_run_${what}_count`)).toBeGreaterThan(0);
  }
  expect(value('q_anchor_event_loop_delay_seconds{quantile="0.99"}')).toBeLessThan(10);
  expect(text).toContain('route="/v1/users/:id"');
  expect(text).not.toContain('ann');
});

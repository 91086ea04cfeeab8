import OpenAI, { AuthenticationError, NotFoundError, RateLimitError } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { writtenModel } from '../../../packages/kv-serving/test/support/written-model.js';
import { ann, startServer, type TestServer } from './support/server.js';

const key = 'sk-0123456789abcdef';
let server: TestServer;
let client: OpenAI;
beforeAll(async () => {
  const args = ['--model', await writtenModel(), '--rate', '1', '--burst', '12'];
  server = await startServer(args, { env: { Q_ANCHOR_KEYS: `app:${key},slow:${key}-2` } });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: key, maxRetries: 0 });
  const put = { method: 'PUT', body: ann, headers: { authorization: `Bearer ${key}` } };
  await server.ask('/v1/users/ann', put);
});
afterAll(() => server[Symbol.asyncDispose]());

const request = { model: 'q-anchor', user: 'ann', input: ['paid the rent', ''] };

test('the stock client gets the same numbers by base64, its default, and by float', async () => {
  const coded = await client.embeddings.create(request);
  const plain = await client.embeddings.create({ ...request, encoding_format: 'float' });
  expect(coded.data).toHaveLength(2);
  expect(coded.data.map(({ embedding }) => embedding)).toEqual(
    plain.data.map(({ embedding }) => embedding),
  );
  expect(coded.data[0]!.embedding).toHaveLength(8);
  expect(Math.hypot(...coded.data[0]!.embedding)).toBeCloseTo(1, 5);
  const one = await client.embeddings.create({ ...request, input: 'paid the rent', dimensions: 4 });
  expect(one.data[0]!.embedding).toHaveLength(4);
});

test('it sees the cached tokens, the models and why a request is refused', async () => {
  const { usage } = await client.embeddings.create(request);
  expect(usage).toMatchObject({ prompt_tokens_details: { cached_tokens: expect.any(Number) } });
  const ids: string[] = [];
  for await (const { id } of client.models.list()) ids.push(id);
  expect(ids).toEqual(['q-anchor', 'q-anchor:takeout']);
  const unknown = await client.embeddings
    .create({ ...request, user: 'nobody' })
    .catch((error: unknown) => error);
  expect(unknown).toBeInstanceOf(NotFoundError);
  expect(unknown).toMatchObject({ status: 404, code: 'user_not_found', param: 'user' });
});

test('a wrong key, and more than a key may', async () => {
  const stranger = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'sk-wrong', maxRetries: 0 });
  await expect(stranger.embeddings.create(request)).rejects.toBeInstanceOf(AuthenticationError);
  const slow = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: `${key}-2`, maxRetries: 0 });
  const settled = await Promise.allSettled(
    Array.from({ length: 20 }, () => slow.embeddings.create(request)),
  );
  const refused = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  expect(refused.length).toBeGreaterThanOrEqual(5);
  expect(refused.length).toBeLessThan(20);
  for (const error of refused) {
    expect(error).toBeInstanceOf(RateLimitError);
    expect(Number((error as RateLimitError).headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  }
  // The client's own patience gets it through.
  const patient = slow.withOptions({ maxRetries: 5 });
  expect((await patient.embeddings.create(request)).data).toHaveLength(2);
});

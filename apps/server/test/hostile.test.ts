import { connect } from 'node:net';

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { writtenModel } from '../../../packages/kv-serving/test/support/written-model.js';
import { ann, startServer, type TestServer } from './support/server.js';

/** What no log may have. */
const secret = 'zebra-crossing';

let server: TestServer;
beforeAll(async () => {
  const limits =
    '--max-body-kib 64 --headers-timeout-ms 700 --max-events 50 --log-level trace --max-connections 40';
  server = await startServer(['--model', await writtenModel(), ...limits.split(' ')]);
  await server.ask('/v1/users/ann', { method: 'PUT', body: ann });
});
afterAll(() => server[Symbol.asyncDispose]());
afterEach(async () => {
  // Whatever came, it is there and right, and says nothing of what users wrote.
  const body = { model: 'q-anchor', user: 'ann', input: 'paid the rent' };
  const { status } = await server.ask('/v1/embeddings', { body });
  const told = [secret, 'pizza'].filter((text) => server.log().includes(text));
  if (status !== 200 || told.length > 0) throw new Error(`${status}, the log has ${told.join()}`);
});

/** Writes to the port and tells all that comes back before it is closed. */
function raw(
  send: (write: (text: string) => void) => void,
): Promise<{ readonly text: string; readonly seconds: number }> {
  const { port, hostname } = new URL(server.url);
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const start = performance.now();
    const socket = connect(Number(port), hostname, () => send((text) => socket.write(text)));
    socket.on('data', (chunk) => parts.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () =>
      resolve({
        text: Buffer.concat(parts).toString(),
        seconds: (performance.now() - start) / 1000,
      }),
    );
  });
}
const statusOf = ({ text }: { readonly text: string }): number => Number(text.split(' ')[1]);
const bodyOf = ({ text }: { readonly text: string }): unknown =>
  JSON.parse(text.slice(text.indexOf('\r\n\r\n')));

describe('bodies', () => {
  const deep = (open: string, close: string): string => open.repeat(20_000) + close.repeat(20_000);
  test.each<[string, string, number]>([
    ['no JSON', `{"user": "${secret}"`, 400],
    ['nothing', '', 400],
    ['NaN', '{"user": "ann", "model": "q-anchor", "input": NaN}', 400],
    ['a number for everything', '1', 400],
    ['null', 'null', 400],
    ['a list', '[]', 400],
    ['deep lists', deep('[', ']'), 400],
    ['deep lists inside', `{"model":"q-anchor","user":"ann","input":${deep('[', ']')}}`, 400],
    ['a deep query', `{"model":"q-anchor","user":${deep('{"a":', '}').replace(':}', ':1}')}}`, 413],
    ['a prototype', '{"model":"q-anchor","user":"ann","input":"","__proto__":{"x":1}}', 400],
    ['a constructor', '{"constructor":{"prototype":{"x":1}},"user":"ann"}', 400],
    [
      'a number that is none',
      '{"model":"q-anchor","user":"ann","input":"","reference_time":1e999}',
      400,
    ],
    ['a key twice', '{"model":"q-anchor","user":"ann","user":7,"input":""}', 400],
    ['wrong types', `{"model":1,"user":["${secret}"],"input":{"0":"${secret}"}}`, 400],
    ['another user', `{"model":"q-anchor","user":"${secret}","input":"${secret}"}`, 404],
    ['too many bytes', JSON.stringify({ input: secret.repeat(9999) }), 413],
  ])('%s', async (_, body, status) => {
    const answer = await server.ask('/v1/embeddings', { body });
    expect(answer.status).toBe(status);
    expect(answer.json.error.message.length).toBeGreaterThan(5);
  });

  test('of other types than JSON', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'image/png', 'x']) {
      const headers = { 'content-type': type };
      const answer = await server.ask('/v1/scores', { body: `user=${secret}`, headers });
      expect([type, answer.status]).toEqual([type, 415]);
    }
    const bytes = await fetch(`${server.url}/v1/scores`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Uint8Array.of(0x7b, 0xff, 0xfe, 0x00),
    });
    expect(bytes.status).toBe(400);
  });

  test('without a length, beyond the limit', async () => {
    const answer = await raw((write) => {
      write('POST /v1/scores HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n');
      write('transfer-encoding: chunked\r\n\r\n');
      for (let i = 0; i < 80; i++) write(`400\r\n${'x'.repeat(1024)}\r\n`);
    });
    expect(statusOf(answer)).toBe(413);
  });
});

describe('events', () => {
  const put = (bill: unknown, more: object = {}) =>
    server.ask('/v1/users/bad', { method: 'PUT', body: { events: { bill }, ...more } });
  test.each<[string, unknown, number]>([
    ['no list', { time: 1, text: secret }, 400],
    ['no time', [{ text: secret }], 400],
    ['a time in words', [{ time: secret, text: secret }], 400],
    ['a date that is none', [{ time: '2026-13-45T00:00:00Z', text: secret }], 400],
    ['no text', [{ time: 1 }], 400],
    ['a text that is a number', [{ time: 1, text: 5 }], 400],
    ['a value in words', [{ time: 1, text: 'x', value: secret }], 400],
    ['an empty id', [{ time: 1, text: 'x', id: '' }], 400],
    ['an unknown key', [{ time: 1, text: 'x', [secret]: 1 }], 400],
    ['too many', Array.from({ length: 51 }, (_, i) => ({ time: i, text: 'x' })), 400],
    ['a text of control characters', [{ time: 29, text: '\u0000\u202e\ud800' }], 200],
    [
      'enormous times',
      [
        { time: 1e308, text: 'x' },
        { time: -1e308, text: 'x' },
      ],
      200,
    ],
    ['an enormous value', [{ time: 29, text: 'x', value: 1.7e308 }], 200],
  ])('%s', async (_, bill, status) => {
    const answer = await put(bill);
    expect(answer.status).toBe(status);
    if (status !== 200) return;
    const body = { model: 'q-anchor', user: 'bad', input: '' };
    const { status: embedded, json } = await server.ask('/v1/embeddings', { body });
    const isFinite = embedded === 200 && json.data[0].embedding.every(Number.isFinite);
    if (!isFinite) throw new Error(`embedding ended with ${embedded}`);
  });

  test('of unknown modalities, or too many over all', async () => {
    const unknown = { events: { [secret]: [] } };
    const answer = await server.ask('/v1/users/bad', { method: 'PUT', body: unknown });
    expect([answer.status, answer.json.error.code]).toEqual([422, 'unprocessable']);
    const list = Array.from({ length: 30 }, (_, i) => ({ time: i, text: 'x' }));
    const many = await server.ask('/v1/users/bad', {
      method: 'PUT',
      body: { events: { bill: list, other: list } },
    });
    expect(many.status).toBe(400);
  });

  test('columns that are lists or objects', async () => {
    for (const value of [[], {}, true, [secret]]) {
      expect((await put([], { tabular: { age: value } })).status).toBe(400);
    }
  });
});

describe('connections', () => {
  test('that send headers byte by byte are told 408 and closed', async () => {
    let timer: NodeJS.Timeout | undefined;
    const answer = await raw((write) => {
      write(`GET /health HTTP/1.1\r\nhost: x\r\nx-${secret}: `);
      timer = setInterval(() => write('a'), 100);
    });
    clearInterval(timer);
    expect(statusOf(answer)).toBe(408);
    expect(bodyOf(answer)).toMatchObject({ error: { code: 'request_timeout' } });
    expect(answer.seconds).toBeLessThan(10);
  });

  test('that send a body byte by byte, too', async () => {
    let timer: NodeJS.Timeout | undefined;
    const answer = await raw((write) => {
      write('POST /v1/scores HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n');
      write('content-length: 1000\r\n\r\n');
      timer = setInterval(() => write(' '), 100);
    });
    clearInterval(timer);
    expect(statusOf(answer)).toBe(408);
    expect(answer.seconds).toBeLessThan(10);
  });

  test('that flood headers', async () => {
    const long = await raw((write) =>
      write(`GET /health HTTP/1.1\r\nhost: x\r\nx: ${secret.repeat(5000)}\r\n\r\n`),
    );
    expect(statusOf(long)).toBe(431);
    const headers = Array.from({ length: 5000 }, (_, i) => `x-${i}: ${secret}\r\n`).join('');
    const many = await raw((write) => write(`GET /health HTTP/1.1\r\nhost: x\r\n${headers}\r\n`));
    expect(statusOf(many)).toBe(431);
    expect(bodyOf(many)).toMatchObject({ error: { type: 'invalid_request_error' } });
  });

  test('that speak something else', async () => {
    for (const text of [
      '\u0016\u0003\u0001\u0002',
      `${secret}\r\n\r\n`,
      'GET / HTTP/9.9\r\n\r\n',
    ]) {
      expect(statusOf(await raw((write) => write(text)))).toBe(400);
    }
    const both = await raw((write) => {
      write('POST /v1/scores HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n');
      write('transfer-encoding: chunked\r\n\r\n0\r\n\r\n');
    });
    expect(statusOf(both)).toBe(400);
  });

  test('that are too many, leave, or never say anything', async () => {
    const { port, hostname } = new URL(server.url);
    const idle = Array.from({ length: 60 }, () => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      return socket;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const socket of idle) socket.destroy();
    const leaving = Array.from({ length: 20 }, async () => {
      const controller = new AbortController();
      const body = JSON.stringify({ model: 'q-anchor', user: 'ann', input: secret });
      const asked = fetch(`${server.url}/v1/embeddings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: controller.signal,
      });
      setTimeout(() => controller.abort(), 5);
      return asked.then(
        ({ status }) => status,
        () => 'left',
      );
    });
    const left = await Promise.all(leaving);
    expect(left).toHaveLength(20);
    await expect.poll(async () => (await server.ask('/health')).status).toBe(200);
  });
});

test('paths of any kind', async () => {
  for (const path of [
    '/v1/users/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '/docs/static/..%2f..%2f..%2fpackage.json',
    '/docs/static/%2e%2e/%2e%2e/package.json',
    '/..%5c..%5cwindows',
    `/v1/${secret}`,
    `/v1/users/${'a/'.repeat(500)}`,
    `/${'x'.repeat(8000)}`,
    '/v1/users/',
    '/v1/users/ann?reference_time=zebra',
    '/v1/users/ann?reference_time=1&reference_time=2',
    '/health?__proto__[x]=1',
    '//health',
  ]) {
    const { status, text } = await server.ask(path);
    expect([200, 302, 400, 403, 404, 414]).toContain(status);
    expect(text).not.toMatch(/"dependencies"|root:/);
  }
  for (const method of ['TRACE', 'PATCH', 'OPTIONS', 'PROPFIND', 'DELETE']) {
    const text = `${method} /v1/models HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
    expect(statusOf(await raw((write) => write(text)))).toBe(404);
  }
});

test('ids of requests that could be anything are replaced', async () => {
  const given = await server.ask('/health', { headers: { 'x-request-id': 'trace-7.a' } });
  expect(given.headers.get('x-request-id')).toBe('trace-7.a');
  for (const id of [`${secret} "}{`, 'x'.repeat(65)]) {
    const { headers } = await server.ask('/health', { headers: { 'x-request-id': id } });
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  }
});

import { Writable } from 'node:stream';

import { runServer, type RunningServer } from '../../src/run-server.js';
import { readSettings } from '../../src/settings/read-settings.js';

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });

/** A server of this process, on a port of its own. */
export interface TestServer extends AsyncDisposable {
  readonly server: RunningServer;
  readonly url: string;
  /** The log so far. */
  readonly log: () => string;
  /** Asks; bodies that are no text are sent as JSON. */
  ask(path: string, options?: AskOptions): Promise<Answer>;
}

/** What is asked. */
export interface AskOptions {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests look into it without ceremony.
  // eslint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

/** Asks a server anything. */
export async function ask(url: string, options: AskOptions = {}): Promise<Answer> {
  const { body, headers = {} } = options;
  const method = options.method ?? (body === undefined ? 'GET' : 'POST');
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  };
}

/** Starts a server; `isReady: false` doesn't wait for the model. */
export async function startServer(
  args: readonly string[],
  {
    env = {},
    isReady = true,
    consoleFolder,
  }: {
    readonly env?: Record<string, string>;
    readonly isReady?: boolean;
    readonly consoleFolder?: string;
  } = {},
): Promise<TestServer> {
  const parts: string[] = [];
  const io = { env, stdout: nowhere, stderr: nowhere };
  const common = ['--port', '0', '--now-days', '30', '--threads', '1', '--device', 'cpu'];
  const settings = readSettings([...common, ...args], { version: '0', io });
  const server = await runServer(settings, {
    version: '0',
    logs: { write: (line) => void parts.push(line) },
    ...(consoleFolder !== undefined && { consoleFolder }),
  });
  if (isReady) await server.ready;
  const { url } = server;
  return {
    server,
    url,
    log: () => parts.join(''),
    ask: (path, options) => ask(`${url}${path}`, options),
    [Symbol.asyncDispose]: () => server.drain(),
  };
}

/** A user of the written model. */
export const ann = {
  events: {
    bill: [
      { id: 'e1', time: 20, text: 'paid the rent' },
      { id: 'e2', time: 25.5, text: 'takeaway pizza', value: 12.5 },
    ],
  },
  tabular: {},
};

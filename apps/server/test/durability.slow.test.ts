import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { temporaryFolder } from '../../../packages/core/test/support/temporary-folder.js';
import { writtenModel } from '../../../packages/kv-serving/test/support/written-model.js';
import { ann, ask, type AskOptions } from './support/server.js';

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

interface Process {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  ask(path: string, options?: AskOptions): ReturnType<typeof ask>;
  /** Ends it and tells its code, or its signal. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** The command in a process of its own, from the sources, once it is ready. */
async function startProcess(args: readonly string[]): Promise<Process> {
  const child = spawn(
    process.execPath,
    [
      '--conditions=@q-anchor/source',
      '--import',
      pathOf('../../trainer/test/support/register-typescript.mjs'),
      pathOf('../src/main.ts'),
      ...'--port 0 --now-days 30 --threads 1'.split(' '),
      ...args,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const lines: string[] = [];
  let [url, isReady] = ['', false];
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    url = /listening at ([^"]+)"/.exec(line)?.[1] ?? url;
    isReady = line.includes('"msg":"ready"');
    if (isReady) break;
  }
  child.stderr.resume();
  if (!isReady) throw new Error(`it did not start: ${lines.join('\n')}`);
  return {
    child,
    lines,
    ask: (path, options) => ask(`${url}${path}`, options),
    async end(signal) {
      child.kill(signal);
      const [code, by] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      return code ?? by;
    },
  };
}

test('kill -9 loses no accepted event, and the disk still has the prefixes', async () => {
  const root = await temporaryFolder();
  const folders = ['--state', join(root, 'state'), '--cache-dir', join(root, 'prefixes')];
  const args = ['--model', await writtenModel(), ...folders];
  const embed = (server: Process) =>
    server.ask('/v1/embeddings', { body: { model: 'q-anchor', user: 'ann', input: 'pizza' } });
  const accepted = new Set<string>();
  let sent = 0;
  let former: unknown;
  for (const round of [0, 1]) {
    const server = await startProcess(args);
    if (round === 0) await server.ask('/v1/users/ann', { method: 'PUT', body: ann });
    const { data, usage } = (await embed(server)).json;
    // What was read by a process that is gone is read no more.
    expect(usage.prompt_tokens_details.cached_tokens > 0).toBe(round > 0);
    expect(data).toEqual(former ?? data);
    former = data;
    await expect
      .poll(async () => (await server.ask('/metrics')).text)
      .toMatch(/prefix_tier_(written|hits)_total\{tier="disk"\} [1-9]/);

    // Users come without end, until the process is killed among them.
    const killed = new AbortController();
    const senders = Array.from({ length: 6 }, async () => {
      while (!killed.signal.aborted) {
        const id = `u${sent++}`;
        const bill = [{ id, time: 29, text: `bought ${id}` }];
        const answer = await server
          .ask(`/v1/users/${id}`, { method: 'PUT', body: { events: { bill } } })
          .catch(() => undefined);
        if (answer?.status === 200) accepted.add(id);
      }
    });
    const enough = accepted.size + 40;
    await expect.poll(() => accepted.size, { timeout: 20_000 }).toBeGreaterThan(enough);
    const ended = server.end('SIGKILL');
    killed.abort();
    await Promise.all(senders);
    expect(await ended).toBe('SIGKILL');
  }
  const server = await startProcess(args);
  for (const id of accepted) {
    const { status, json } = await server.ask(`/v1/users/${id}`);
    expect([id, status, json.events?.bill?.[0]?.text]).toEqual([id, 200, `bought ${id}`]);
  }
  expect(accepted.size).toBeGreaterThan(80);
  // SIGHUP is heard, SIGTERM ends it well.
  server.child.kill('SIGHUP');
  expect((await server.ask('/health')).status).toBe(200);
  expect(await server.end('SIGTERM')).toBe(0);
});

test('bad input ends with 2 and says what is wrong', async () => {
  await expect(startProcess(['--model', '/nowhere'])).rejects.toThrow(/expected a model directory/);
  await expect(startProcess([])).rejects.toThrow(/--model: .*Q_ANCHOR_MODEL/);
});

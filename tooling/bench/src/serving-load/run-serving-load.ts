import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createRandom } from '@q-anchor/core';

import type { ServingLoadRequest } from './load-arguments.js';
import { percentile, runLoad, type LoadOutcome, type LoadRequest } from './load-client.js';
import { byModality, madeUpEvents, nowDays, questions, writeNanoModel } from './nano-model.js';
import { startServerProcess, type ServerProcess } from './server-process.js';

/** Requests that the server lets wait. */
const maxQueued = 64;
/** Requests at once under overload, and for how long. */
const overloadConnections = 4 * maxQueued;
const overloadSeconds = 10;
const recoverySeconds = 5;
/** One request after the other, about so many users, whose prefixes are all there. */
const [aloneSeconds, aloneUsers] = [5, 10];
/** Until caches and compiled code are as they stay. */
const warmUpSeconds = 5;
/** How often the size of the server is looked at. */
const sampleSeconds = 1;

/** A phase in numbers. */
export interface LoadPhase {
  readonly seconds: number;
  readonly statuses: Readonly<Record<number, number>>;
  /** Answers with status 200 a second. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** What the bench measured. */
export interface ServingLoadReport {
  readonly connections: number;
  readonly users: number;
  /** Under steady load. */
  readonly steady: LoadPhase;
  /** How late the server's timers fired, over the whole of it. */
  readonly eventLoopP99Ms: number;
  readonly eventLoopMaxMs: number;
  /** Resident size of the server over time. */
  readonly residentMB: readonly number[];
  /** Growth over the second half, by least squares. */
  readonly growthMBPerMinute: number;
  /** Lookups of prefixes that found one, of all. */
  readonly cacheHitShare: number;
  /** Queries of a run, on average. */
  readonly queriesPerRun: number;
  /** With more requests at once than may wait. */
  readonly overload: LoadPhase & { readonly withoutRetryAfter: number };
  /** One request at a time, prefixes cached: means of the client's time, and of the engine's runs. */
  readonly alone: { readonly requestMs: number; readonly runMs: number };
  /** Right after that. */
  readonly recovery: LoadPhase;
}

/** Questions about users, among them new events: one request in ten, after which a prefix is read anew. */
function createRequests(users: number, seed: number, eventShare = 0.1): () => LoadRequest {
  const random = createRandom(seed);
  let count = 0;
  return () => {
    const user = `u${random.integer(users)}`;
    if (random.uniform() < eventShare) {
      const event = {
        id: `load ${seed} ${count++}`,
        time: nowDays - random.uniform(),
        text: 'bought tea',
      };
      const body = { events: byModality([event]) };
      return { method: 'POST', path: `/v1/users/${user}/events`, body };
    }
    const input = Array.from({ length: 1 + random.integer(3) }, () => random.pick(questions));
    const body = { model: 'q-anchor', user, input, encoding_format: 'base64' };
    return { method: 'POST', path: '/v1/embeddings', body };
  };
}

const phase = ({ seconds, statuses, milliseconds }: LoadOutcome): LoadPhase => ({
  seconds,
  statuses,
  perSecond: (statuses[200] ?? 0) / seconds,
  p50Ms: percentile(milliseconds, 0.5),
  p95Ms: percentile(milliseconds, 0.95),
  p99Ms: percentile(milliseconds, 0.99),
});

/** The metrics that a server tells, by name with labels. */
async function metricsOf(url: string): Promise<(name: string) => number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const values = new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
  return (name) => values.get(name) ?? Number.NaN;
}

/** Slope of a line through values that are a second apart, a minute. */
export function growthPerMinute(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [above, below] = [0, 0];
  for (const [i, value] of values.entries()) {
    above += (i - middle) * (value - mean);
    below += (i - middle) ** 2;
  }
  return below === 0 ? 0 : (60 * above) / (below * sampleSeconds);
}

async function putUsers(
  server: ServerProcess,
  { users, events }: ServingLoadRequest,
): Promise<void> {
  let user = 0;
  const put = async (): Promise<void> => {
    while (user < users) {
      const id = user++;
      const list = madeUpEvents(id, events).map(({ timeDays: time, ...rest }) => ({
        time,
        ...rest,
      }));
      const answer = await fetch(`${server.url}/v1/users/u${id}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ events: byModality(list) }),
      });
      if (!answer.ok) throw new Error(`user u${id} was not taken: ${await answer.text()}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, put));
}

/** Asks one thing after the other about few users; what serving and HTTP add to the engine's run. */
async function loadAlone(
  { url }: ServerProcess,
  { seconds, signal }: { readonly seconds: number; readonly signal: AbortSignal | undefined },
): Promise<ServingLoadReport['alone']> {
  const next = createRequests(aloneUsers, 5, 0);
  await runLoad(url, { connections: 1, seconds: 1, next, signal });
  const before = await metricsOf(url);
  const { milliseconds } = await runLoad(url, { connections: 1, seconds, next, signal });
  const after = await metricsOf(url);
  const runs = (what: string): number =>
    after(`q_anchor_run_duration_seconds_${what}`) -
    before(`q_anchor_run_duration_seconds_${what}`);
  const requestMs = milliseconds.reduce((sum, ms) => sum + ms, 0) / milliseconds.length;
  return { requestMs, runMs: (1000 * runs('sum')) / runs('count') };
}

/**
 * Loads a server of its own process on loopback: steadily, then beyond what may wait, then steadily again.
 *
 * @param asked - how long, how much
 * @param options - tells what it is at; ends it early
 */
export async function runServingLoad(
  asked: ServingLoadRequest,
  options: { readonly say: (text: string) => void; readonly signal?: AbortSignal },
): Promise<ServingLoadReport> {
  const { say, signal } = options;
  const { connections, users, events, threads } = asked;
  const folder = await mkdtemp(join(tmpdir(), 'q-anchor-bench-serving-'));
  try {
    const model = asked.model ?? join(folder, 'model');
    if (asked.model === undefined) await writeNanoModel(model, events);
    const flags = ['--model', model, '--state', join(folder, 'state')];
    flags.push('--max-queued', `${maxQueued}`, '--now-days', `${nowDays}`);
    if (threads !== undefined) flags.push('--threads', `${threads}`);
    await using server = await startServerProcess(flags);
    say(`${users} users of ${events} events`);
    await putUsers(server, asked);
    const load = (seconds: number, seed: number, atOnce = connections): Promise<LoadOutcome> =>
      runLoad(server.url, {
        connections: atOnce,
        seconds,
        next: createRequests(users, seed),
        signal,
      });
    say(`warming up for ${warmUpSeconds} s`);
    await load(warmUpSeconds, 1);
    // Asking resets how late timers were.
    const before = await metricsOf(server.url);
    say(`${connections} requests at once for ${asked.seconds} s`);
    const residentMB: number[] = [];
    const sampler = setInterval(() => {
      void server.residentMB().then((size) => size !== undefined && residentMB.push(size));
    }, 1000 * sampleSeconds);
    const steady = await load(asked.seconds, 2);
    clearInterval(sampler);
    const after = await metricsOf(server.url);
    const grown = (name: string): number => after(name) - before(name);
    say(`${overloadConnections} requests at once for ${overloadSeconds} s`);
    const overload = await load(overloadSeconds, 3, overloadConnections);
    say(`${connections} requests at once for ${recoverySeconds} s`);
    const recovery = await load(recoverySeconds, 4);
    say('one request at a time');
    const alone = await loadAlone(server, { seconds: aloneSeconds, signal });
    signal?.throwIfAborted();
    return {
      connections,
      users,
      steady: phase(steady),
      eventLoopP99Ms: 1000 * after('q_anchor_event_loop_delay_seconds{quantile="0.99"}'),
      eventLoopMaxMs: 1000 * after('q_anchor_event_loop_delay_seconds{quantile="1"}'),
      residentMB,
      growthMBPerMinute: growthPerMinute(residentMB.slice(residentMB.length / 2)),
      cacheHitShare:
        grown('q_anchor_prefix_cache_hits_total') / grown('q_anchor_prefix_cache_queries_total'),
      queriesPerRun: grown('q_anchor_run_queries_sum') / grown('q_anchor_run_queries_count'),
      overload: { ...phase(overload), withoutRetryAfter: overload.withoutRetryAfter },
      alone,
      recovery: phase(recovery),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

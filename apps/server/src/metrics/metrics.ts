import type { ServedRun, TokenUsage } from '@q-anchor/kv-serving';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { Lifecycle } from '../model/lifecycle.js';
import { createEventLoopDelay } from './event-loop-delay.js';
import { registerServedModel } from './served-model-metrics.js';

/** A request that was answered. */
interface AnsweredRequest {
  readonly method: string;
  /** The route's pattern, never a path that somebody asked for. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/** What the server counts, for Prometheus. */
export interface Metrics {
  /** The metrics. */
  readonly registry: Registry;
  /** A request was answered. */
  answered(request: AnsweredRequest): void;
  /** A run was done. */
  ran(run: ServedRun): void;
  /** Tokens of a request. */
  used(usage: TokenUsage): void;
  /** Ends what is measured in the background. */
  close(): void;
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/**
 * Metrics of a server.
 *
 * @param lifecycle - where it stands
 */
export function createMetrics(lifecycle: Lifecycle): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const delay = createEventLoopDelay();

  const requests = new Histogram({
    name: 'q_anchor_http_request_duration_seconds',
    help: 'Time from the headers of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: seconds,
    registers,
  });
  const runSeconds = new Histogram({
    name: 'q_anchor_run_duration_seconds',
    help: 'Time of a run of the engine: prefixes that were missing, and everything behind them',
    buckets: seconds,
    registers,
  });
  const runSize = (name: string, help: string): Histogram =>
    new Histogram({ name, help, buckets: sizes, registers });
  const runRequests = runSize(
    'q_anchor_run_requests',
    'Requests, or parts of large ones, of a run',
  );
  const runUsers = runSize('q_anchor_run_users', 'Users (prefixes) of a run');
  const runQueries = runSize('q_anchor_run_queries', 'Queries and scenarios of a run');
  const tokens = new Counter({
    name: 'q_anchor_tokens_total',
    help: 'Tokens of answered requests: of prefixes that were read, of prefixes found, of queries',
    labelNames: ['kind'],
    registers,
  });

  registerServedModel(registry, lifecycle);
  const eventLoop = new Gauge({
    name: 'q_anchor_event_loop_delay_seconds',
    help: 'How late timers of the event loop fired since the last scrape',
    labelNames: ['quantile'],
    registers,
    collect() {
      for (const [quantile, value] of delay.taken()) eventLoop.set({ quantile }, value);
    },
  });
  const ready: Gauge = new Gauge({
    name: 'q_anchor_ready',
    help: '1 where requests are answered, 0 while loading, draining or failed',
    registers,
    collect() {
      ready.set(lifecycle.status === 'ready' ? 1 : 0);
    },
  });

  return {
    registry,
    answered: ({ method, route, status, seconds: taken }) =>
      requests.observe({ method, route, status: String(status) }, taken),
    ran({ parts, prefixes, queries, seconds: taken }) {
      runSeconds.observe(taken);
      runRequests.observe(parts);
      runUsers.observe(prefixes);
      runQueries.observe(queries);
    },
    used({ prefixTokens, cachedTokens, queryTokens }) {
      tokens.inc({ kind: 'prefix' }, prefixTokens - cachedTokens);
      tokens.inc({ kind: 'cached' }, cachedTokens);
      tokens.inc({ kind: 'query' }, queryTokens);
    },
    close: () => delay.close(),
  };
}

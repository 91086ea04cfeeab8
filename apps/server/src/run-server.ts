import { setTimeout as sleep } from 'node:timers/promises';

import type { DestinationStream } from 'pino';

import { createApp } from './app/create-app.js';
import { loggedError } from './app/logged-error.js';
import { readKeyRing } from './auth/key-ring.js';
import { createMetrics } from './metrics/metrics.js';
import { createLifecycle } from './model/lifecycle.js';
import { openServedModel } from './model/open-served-model.js';
import type { Settings } from './settings/settings.js';

/** A server that listens. */
export interface RunningServer {
  /** Where it listens, `http://HOST:PORT`. */
  readonly url: string;
  /** Settles once requests are answered; fails where the model can't be loaded. */
  readonly ready: Promise<void>;
  /** Loads the scenarios again; what fails is in the log. */
  reload(): Promise<void>;
  /** Is not ready any more, answers what is under way, ends. */
  drain(): Promise<void>;
}

/**
 * Listens at once, so that probes are answered, and loads the model meanwhile.
 *
 * @param settings - as the command line has them
 * @param options - version of the package, where logs go
 */
export async function runServer(
  settings: Settings,
  options: {
    readonly version: string;
    readonly logs: DestinationStream;
    /** Where the built console is. Default: beside the built command. */
    readonly consoleFolder?: string;
  },
): Promise<RunningServer> {
  const keys = await readKeyRing(settings);
  const lifecycle = createLifecycle();
  const metrics = createMetrics(lifecycle);
  const { logs, ...rest } = options;
  const app = await createApp({ settings, lifecycle, metrics, keys, ...rest }, logs);
  const { log } = app;
  const { host, port } = settings;
  const url = await app.listen({ host, port, listenTextResolver: (at) => `listening at ${at}` });
  let draining: Promise<void> | undefined;

  const load = async (): Promise<void> => {
    const started = performance.now();
    const model = await openServedModel(settings, {
      onRun: (run) => metrics.ran(run),
      onCompactionError: (error) =>
        log.error({ error: loggedError(error) }, 'journal not rewritten'),
    });
    if (draining) return await model[Symbol.asyncDispose]();
    lifecycle.loaded(model);
    const seconds = Number(((performance.now() - started) / 1000).toFixed(2));
    const { counts } = model.serving;
    const { replayed, tornBytes } = model.journal ?? {};
    log.info(
      { seconds, users: counts.users, scenarios: model.scenarios.length, replayed, tornBytes },
      'ready',
    );
  };
  const ready = load();
  // Whoever waits hears of it; nobody has to.
  ready.catch(() => undefined);

  const drain = async (): Promise<void> => {
    lifecycle.drain();
    log.info('draining');
    await sleep(settings.drainDelayMs);
    const force = setTimeout(() => {
      log.warn('requests under way are cut off');
      app.server.closeAllConnections();
    }, settings.drainTimeoutMs);
    await app.close();
    clearTimeout(force);
    await ready.catch(() => undefined);
    await lifecycle.model?.[Symbol.asyncDispose]();
    metrics.close();
    log.info('ended');
  };

  return {
    url,
    ready,
    async reload() {
      try {
        const scenarios = await lifecycle.loadedModel().reloadScenarios();
        log.info({ scenarios: scenarios.length }, 'scenarios loaded');
      } catch (error) {
        log.error({ error: loggedError(error) }, 'scenarios not loaded');
      }
    },
    drain: () => (draining ??= drain()),
  };
}

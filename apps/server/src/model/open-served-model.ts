import { join } from 'node:path';

import { createEngine } from '@q-anchor/backend';
import { InputError, pathExists } from '@q-anchor/core';
import { openModel } from '@q-anchor/dual-tower';
import {
  createServing,
  openDiskTier,
  openDurableUsers,
  openRedisTier,
  type PrefixTier,
  type ServedRun,
} from '@q-anchor/kv-serving';
import { loadScenario, tunedScenarios, type LoadedScenario } from '@q-anchor/prompt-tuning';

import { createTurns } from '../app/turns.js';
import type { Settings } from '../settings/settings.js';
import { createInsight } from './insight.js';
import type { ServedModel } from './served-model.js';

const mebibyte = 2 ** 20;
/** Requests of many runs that may wait for each other. */
const maxWaitingTurns = 8;

/** The model directory of a run, or the directory itself. */
async function modelDirectoryOf(directory: string): Promise<string> {
  for (const place of [directory, join(directory, 'model')]) {
    if (await pathExists(join(place, 'q-anchor.json'))) return place;
  }
  throw new InputError({
    where: `--model ${directory}`,
    expected: 'a model directory, or a run that has one',
    found: 'no q-anchor.json, there or in model/',
    fix: 'Finish the run (q-anchor pretrain ... --resume), or export one (q-anchor export RUN --out DIR)',
  });
}

/** Opens what keeps prefixes behind memory, in the order in which it is looked there. */
async function openTiers(
  { cacheDir, cacheDirMib, redis, redisTtlSeconds }: Settings,
  keep: (tier: PrefixTier) => PrefixTier,
): Promise<readonly PrefixTier[]> {
  const tiers: PrefixTier[] = [];
  if (cacheDir !== undefined) {
    const maxBytes = cacheDirMib * mebibyte;
    tiers.push(keep(await openDiskTier({ folder: cacheDir, maxBytes })));
  }
  if (redis !== undefined) {
    tiers.push(keep(await openRedisTier({ url: redis, ttlSeconds: redisTtlSeconds })));
  }
  return tiers;
}

/**
 * Opens model, scenarios, engine and users.
 *
 * @param settings - as the command line has them
 * @param hooks - hears of runs, and of a journal that could not be written anew
 * @throws {@link InputError} if the model or what goes with it can't be used
 */
export async function openServedModel(
  settings: Settings,
  hooks: {
    readonly onRun: (run: ServedRun) => void;
    readonly onCompactionError: (error: unknown) => void;
  },
): Promise<ServedModel> {
  const { threads, nowDays, cacheTtlSeconds, state, compactMib } = settings;
  const directory = await modelDirectoryOf(settings.model);
  const model = await openModel(directory);
  const readScenarios = async (): Promise<readonly LoadedScenario[]> => {
    const names = await tunedScenarios(directory);
    return await Promise.all(names.map((scenario) => loadScenario(directory, { scenario, model })));
  };
  let scenarios = await readScenarios();
  const opened: AsyncDisposable[] = [];
  /** Ends what was opened, the last first. */
  const close = async (): Promise<void> => {
    for (const resource of opened.splice(0).toReversed()) await resource[Symbol.asyncDispose]();
  };
  const keep = <T extends AsyncDisposable>(resource: T): T => {
    opened.push(resource);
    return resource;
  };
  const open = async () => {
    const engine = keep(
      await createEngine({
        device: settings.device,
        worker: true,
        ...(threads !== undefined && { threads }),
      }),
    );
    // Before the serving, so that they end after it: what waits is written then.
    const tiers = await openTiers(settings, keep);
    const serving = keep(
      await createServing(engine, {
        model,
        scenarios,
        referenceStepDays: settings.referenceStepDays,
        maxCacheBytes: settings.cacheMib * mebibyte,
        storage: settings.storage,
        tiers,
        maxRunTokens: settings.runTokens,
        maxQueued: settings.maxQueued,
        onRun: hooks.onRun,
        ...(nowDays !== undefined && { nowDays: () => nowDays }),
        ...(cacheTtlSeconds !== undefined && { cacheTtlSeconds }),
      }),
    );
    const insight = keep(createInsight(engine, model));
    // Ends before what it works with.
    const turns = keep(createTurns({ maxWaiting: maxWaitingTurns }));
    if (state === undefined) return { serving, insight, turns };
    const durable = await openDurableUsers(serving, {
      directory: state,
      compactBytes: compactMib * mebibyte,
      onCompactionError: hooks.onCompactionError,
    });
    return { serving, insight, turns, durable: keep(durable) };
  };
  const { durable, ...parts } = await open().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const { serving } = parts;
  let reloading: Promise<unknown> = Promise.resolve();
  return {
    ...parts,
    users: durable ?? {
      putUser: async (profile) => serving.putUser(profile),
      appendEvents: async (userId, events) => serving.appendEvents(userId, events),
      deleteUser: async (userId) => serving.deleteUser(userId),
    },
    get journal() {
      return durable?.counts;
    },
    digest: model.digest,
    get scenarios() {
      return scenarios;
    },
    async reloadScenarios() {
      const before = reloading;
      const reload = async (): Promise<readonly LoadedScenario[]> => {
        await before;
        const next = await readScenarios();
        await serving.setScenarios(next);
        scenarios = next;
        return next;
      };
      const reloaded = reload();
      reloading = reloaded.catch(() => undefined);
      return await reloaded;
    },
    [Symbol.asyncDispose]: close,
  };
}

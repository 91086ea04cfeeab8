import type { Engine } from '@q-anchor/backend';
import type { UserProfile } from '@q-anchor/core';
import { createEmbedder, type OpenedModel } from '@q-anchor/dual-tower';
import {
  adaptedEmbeddings,
  encodeUserTokens,
  storedEmbeddings,
  tuneLora,
  tunePrompt,
  type LoopResult,
  type LoraTuningSettings,
  type PrefixStore,
  type PromptTuningProgress,
  type PromptTuningSettings,
  type TunedPrompt,
} from '@q-anchor/prompt-tuning';

import type { Progress } from '../display/progress.js';
import type { TuningMethod } from './tuning-method.js';

/** Called with users read, out of how many, of a split. */
type OnUsers = (done: number, total: number) => void;

/** Users of a split: their profiles, some at a time, or their prefixes, and their classes. */
export interface SplitUsers {
  readonly profiles: AsyncIterable<readonly UserProfile[]>;
  readonly prefixes: (onUsers: OnUsers) => Promise<PrefixStore>;
  readonly labels: readonly number[];
  /** Begins to show how far their reading has come. */
  readonly progress: () => Progress;
}

/** A query tuned by one of the methods. */
export interface MethodOutcome extends LoopResult<TunedPrompt> {
  readonly settings: PromptTuningSettings | LoraTuningSettings;
  /** Seconds of reading users before the first step. */
  readonly prefixSeconds: number;
  /** Embeddings of the users by what was tuned. */
  embeddings(): Promise<{ readonly train: Float32Array; readonly validation: Float32Array }>;
}

/** What {@link tuneByMethod} is given. */
export interface TuneByMethodOptions {
  readonly model: OpenedModel;
  readonly queries: readonly string[];
  readonly train: SplitUsers;
  readonly validation: SplitUsers;
  readonly onProgress: (progress: PromptTuningProgress) => void;
  readonly signal: AbortSignal;
}

/** Reads users and tunes a query for them. */
export async function tuneByMethod(
  engine: Engine,
  method: TuningMethod,
  options: TuneByMethodOptions,
): Promise<MethodOutcome> {
  const { model, queries, train, validation, signal } = options;
  const started = performance.now();
  const read = async <Store>(
    stored: (split: SplitUsers, onUsers: OnUsers) => Promise<Store>,
  ): Promise<{ train: Store; validation: Store; prefixSeconds: number }> => {
    const shown = async (split: SplitUsers): Promise<Store> => {
      const progress = split.progress();
      return await stored(split, (done, total) => progress.update(done, total)).finally(() =>
        progress.stop(),
      );
    };
    const stores = { train: await shown(train), validation: await shown(validation) };
    return { ...stores, prefixSeconds: (performance.now() - started) / 1000 };
  };
  const shared = { model, queries, onProgress: options.onProgress, signal };
  if (method.name === 'lora') {
    const { prefixSeconds, ...tokens } = await read(async ({ profiles, labels }, onUsers) => {
      const onProgress = (done: number): void => onUsers(done, labels.length);
      const store = await encodeUserTokens(engine, { model, profiles, onProgress, signal });
      signal.throwIfAborted();
      return store;
    });
    const result = await tuneLora(engine, {
      ...shared,
      train: { tokens: tokens.train, labels: train.labels },
      validation: { tokens: tokens.validation, labels: validation.labels },
      settings: method.settings,
    });
    return {
      ...result,
      prefixSeconds,
      async embeddings() {
        const stores = [tokens.train, tokens.validation];
        const asked = { model, asked: result.tuned, tokens: stores, signal };
        const [ofTrain, ofValidation] = await adaptedEmbeddings(engine, asked);
        return { train: ofTrain!, validation: ofValidation! };
      },
    };
  }
  const { prefixSeconds, ...prefixes } = await read(({ prefixes: readPrefixes }, onUsers) =>
    readPrefixes(onUsers),
  );
  const result = await tunePrompt(engine, {
    ...shared,
    train: { prefixes: prefixes.train, labels: train.labels },
    validation: { prefixes: prefixes.validation, labels: validation.labels },
    settings: method.settings,
  });
  return {
    ...result,
    prefixSeconds,
    async embeddings() {
      await using embedder = await createEmbedder(engine, model);
      const embedded = (split: keyof typeof prefixes): Promise<Float32Array> =>
        storedEmbeddings(embedder, { asked: result.tuned, prefixes: prefixes[split], signal });
      return { train: await embedded('train'), validation: await embedded('validation') };
    },
  };
}

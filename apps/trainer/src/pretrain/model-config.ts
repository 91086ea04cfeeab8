import type { DecoderConfig } from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';
import type { DualTowerConfig } from '@q-anchor/dual-tower';
import {
  modalityNames,
  tabularFeatureCount,
  type TabularSchema,
  type TextEncoderConfig,
} from '@q-anchor/user-tokens';
import type { DatasetInfo } from '@q-anchor/useru';

import type { Hyperparameters } from '../presets/hyperparameters.js';
import type { Sources } from './sources.js';

/** What fixes a model beside the hyperparameters. */
export interface ModelData {
  readonly info: Pick<DatasetInfo, 'modalities' | 'windowDays'>;
  readonly tabular: TabularSchema;
  readonly vocabularySize: number;
  /** Id of `<|user_emb|>`. */
  readonly userEmbeddingId: number;
  /** The models it begins with. */
  readonly sources: Sources;
}

/**
 * The configuration of a model trained from scratch, or from a backbone.
 *
 * @throws {@link @q-anchor/core#InputError} if sizes do not divide, or the longest sequence does not fit
 */
export function modelConfig(
  { info, tabular, vocabularySize, userEmbeddingId, sources }: ModelData,
  hyperparameters: Hyperparameters,
): DualTowerConfig {
  const h = hyperparameters;
  const { backbone, text, lora } = sources;
  const isDecoders = backbone !== undefined || h.eventTable === 'decoder';
  const textEncoder: TextEncoderConfig | undefined =
    text?.config ?? (isDecoders ? { kind: 'embedding-table' } : undefined);
  const config: DualTowerConfig = {
    decoder: backbone?.decoder ?? newDecoder(vocabularySize, h),
    users: {
      modalities: info.modalities,
      eventWidth: h.eventWidth,
      width: h.width,
      vocabularySize,
      tabularFeatures: tabularFeatureCount(tabular),
      windowDays: info.windowDays,
      timeFeatures: h.timeFeatures,
      valueFeatures: h.valueFeatures,
      userMean: h.userMean,
      ...(textEncoder && { textEncoder }),
    },
    head: { hidden: h.headHidden, output: h.headOutput },
    ...(h.embedding !== 'head' && { embedding: h.embedding }),
    ...(h.questionWeight > 0 && {
      questionMean: { weight: h.questionWeight, userEmbeddingId },
    }),
    ...(!backbone && h.start !== 'random' && { start: h.start }),
    contrastive: {
      variant: h.contrastive,
      temperature: h.temperature,
      margin: h.margin,
      maskEqualAnswers: h.maskEqualAnswers,
    },
    ...(h.contrastiveWeight !== 1 && { contrastiveWeight: h.contrastiveWeight }),
    nextTokenWeight: h.ntpWeight,
    nextTokenReduction: h.ntpReduction,
    maxQueryTokens: h.maxQueryTokens,
    ...(lora && { lora }),
    ...(backbone?.addedTokens && { addedTokens: backbone.addedTokens }),
  };
  checkPositions(config, { headerTokens: backbone?.headerIds.length ?? 0, hyperparameters });
  return config;
}

/** The shape of a decoder to be trained from scratch. */
function newDecoder(vocabularySize: number, h: Hyperparameters): DecoderConfig {
  checkDivides('heads', { whole: h.width, part: h.heads, of: 'the width' });
  checkDivides('kv-heads', { whole: h.heads, part: h.kvHeads, of: 'the heads' });
  return {
    architecture: h.architecture,
    vocabularySize,
    width: h.width,
    layers: h.layers,
    heads: h.heads,
    keyValueHeads: h.kvHeads,
    headSize: h.width / h.heads,
    feedForwardSize: h.feedForward,
    normEpsilon: 1e-6,
    rotaryBase: h.rotaryBase,
    tiedEmbeddings: h.tiedEmbeddings,
    attentionBias: h.architecture === 'qwen2',
    maxPositions: h.maxPositions,
  };
}

function checkDivides(
  option: string,
  { whole, part, of }: { readonly whole: number; readonly part: number; readonly of: string },
): void {
  if (whole % part === 0) return;
  throw new InputError({
    where: `--${option}`,
    expected: `a divisor of ${of}, ${whole}`,
    found: `${part}`,
  });
}

/** Tokens of the longest prefix: user, modalities, markers, events. */
function longestPrefix({ users }: DualTowerConfig): number {
  const events = users.modalities.reduce((sum, { maxEvents }) => sum + maxEvents, 0);
  const tabular = users.tabularFeatures > 0 ? 1 : 0;
  return 1 + 3 * modalityNames(users).length + events + tabular;
}

function checkPositions(
  config: DualTowerConfig,
  {
    headerTokens,
    hyperparameters,
  }: { readonly headerTokens: number; readonly hyperparameters: Hyperparameters },
): void {
  const { maxQueryTokens, maxAnswerTokens } = hyperparameters;
  const { maxPositions } = config.decoder;
  const needed = headerTokens + longestPrefix(config) + maxQueryTokens + 1 + maxAnswerTokens;
  if (needed <= maxPositions) return;
  throw new InputError({
    where: '--max-positions',
    expected: `at least ${needed}, the longest prefix with a query and an answer`,
    found: `${maxPositions}`,
    fix: 'Raise it (a backbone has its own), or lower maxEvents of the modalities in the manifest',
  });
}

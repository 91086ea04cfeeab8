import type { LoraConfig } from '@q-anchor/backbone';
import {
  loadTextEncoder,
  openBackbone,
  type Backbone,
  type LoadedTextEncoder,
} from '@q-anchor/dual-tower';
import { tabularModality, userSpecialTokens } from '@q-anchor/user-tokens';
import type { DatasetInfo } from '@q-anchor/useru';

import type { Hyperparameters } from '../presets/hyperparameters.js';
import type { Origins } from './origins.js';

/** The models a run begins with, opened. */
export interface Sources {
  /** The decoder, if it isn't trained from scratch. */
  readonly backbone?: Backbone;
  /** The text encoder, if it is BERT. */
  readonly text?: LoadedTextEncoder;
  /** Adapters on the decoder. */
  readonly lora?: LoraConfig;
}

/** The special tokens of a dataset's modalities. */
export const specialTokensOf = ({ modalities }: Pick<DatasetInfo, 'modalities'>) =>
  userSpecialTokens([...modalities.map(({ name }) => name), tabularModality]);

/**
 * Opens the models a run begins with.
 *
 * @throws {@link @q-anchor/core#InputError} if a directory is not of its kind
 */
export async function openSources(
  origins: Origins,
  options: {
    readonly info: Pick<DatasetInfo, 'modalities'>;
    readonly hyperparameters: Hyperparameters;
    readonly seed: number;
    readonly signal: AbortSignal;
  },
): Promise<Sources> {
  const { info, hyperparameters: h, seed, signal } = options;
  const lora = loraOf({
    rank: h.loraRank,
    alpha: h.loraAlpha,
    dropout: h.loraDropout,
    targets: h.loraTargets,
  });
  const textLora = loraOf({
    rank: h.textEncoderLoraRank,
    alpha: h.textEncoderLoraAlpha,
    dropout: h.textEncoderLoraDropout,
    targets: h.textEncoderLoraTargets,
  });
  const { backbone, textEncoder, textEncoderPooling: pooling } = origins;
  const specialTokens = specialTokensOf(info);
  return {
    ...(backbone !== undefined && {
      backbone: await openBackbone(backbone, {
        specialTokens,
        isAdapted: lora !== undefined,
        seed,
      }),
      ...(lora && { lora }),
    }),
    ...(textEncoder !== undefined && {
      text: await loadTextEncoder(textEncoder, {
        ...(pooling && { pooling }),
        ...(textLora && { lora: textLora }),
        signal,
      }),
    }),
  };
}

/** Adapters as options say; none of rank 0. */
const loraOf = ({
  targets,
  ...rest
}: Omit<LoraConfig, 'targets'> & { readonly targets: string }): LoraConfig | undefined =>
  rest.rank === 0 ? undefined : { ...rest, targets: targets.split(',') };

/** Hyperparameters with what a backbone, a text encoder and the decoder's table decide. */
export function shapedBy(
  { backbone, text }: Sources,
  hyperparameters: Hyperparameters,
): Hyperparameters {
  const decoder = backbone?.decoder;
  const ownWidth = hyperparameters.eventTable === 'decoder' ? hyperparameters.width : undefined;
  const eventWidth = text?.config.bert.width ?? decoder?.width ?? ownWidth;
  return {
    ...hyperparameters,
    ...(decoder && {
      architecture: decoder.architecture,
      vocabulary: decoder.vocabularySize,
      width: decoder.width,
      layers: decoder.layers,
      heads: decoder.heads,
      kvHeads: decoder.keyValueHeads,
      feedForward: decoder.feedForwardSize,
      maxPositions: decoder.maxPositions,
      rotaryBase: decoder.rotaryBase,
      tiedEmbeddings: decoder.tiedEmbeddings,
      eventTable: 'decoder' as const,
    }),
    ...(eventWidth !== undefined && { eventWidth }),
  };
}

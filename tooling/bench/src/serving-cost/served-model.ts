import { initialDualTower, openBackbone } from '@q-anchor/dual-tower';
import type { KeyedModel } from '@q-anchor/kv-serving';
import { userSpecialTokens } from '@q-anchor/user-tokens';

import { stepModalities } from '../adapter-step/step-examples.js';
import { untrainedConfig } from '../untrained-config.js';

/** A model to serve, and what a prefix of it has without events. */
export interface BenchModel {
  /** The model. */
  readonly model: KeyedModel;
  /** Tokens of a prefix without events: header, user, three of each modality. */
  readonly fixedTokens: number;
}

const seed = 1;

/**
 * A model on a decoder whose weights stay in their files; its user encoder and head are untrained. Or one
 * of the same keys and values that is otherwise tiny, to see what serving costs beside the model.
 *
 * @param directory - a decoder in Hugging Face's form
 * @param options - whether all but keys, values and layers is tiny
 * @throws {@link @q-anchor/core#InputError} if it is none
 */
export async function benchModel(
  directory: string,
  { isThin }: { readonly isThin: boolean },
): Promise<BenchModel> {
  const backbone = await openBackbone(directory, {
    specialTokens: userSpecialTokens(stepModalities.map(({ name }) => name)),
    isAdapted: true,
    seed,
  });
  const { tokenizer, headerIds, decoder: whole, addedTokens } = backbone;
  const thin = { ...whole, width: 16, heads: whole.keyValueHeads, feedForwardSize: 16 };
  const decoder = isThin ? thin : whole;
  const config = untrainedConfig(backbone, { decoder });
  const given = isThin ? {} : await backbone.storedWeights();
  return {
    model: {
      config,
      parameters: initialDualTower(config, seed, { given }),
      collate: {
        tokenizer,
        headerIds,
        tabular: { columns: [] },
        valueScales: Object.fromEntries(
          stepModalities.map(({ name }) => [name, { mean: 5, deviation: 3 }]),
        ),
      },
      digest: `bench ${isThin ? 'thin' : 'whole'} ${addedTokens ? 'grown' : 'as it is'}`,
    },
    fixedTokens: headerIds.length + 1 + 3 * stepModalities.length,
  };
}

import type { ParameterLookup } from '@q-anchor/backbone';
import type { Tensor } from '@q-anchor/graph';

import { normalised } from '../losses/normalised.js';
import type { DualTowerConfig } from './config.js';
import { projectionHead } from './head.js';

/**
 * What an embedding is made of: `head`, the projection head's output, as in the paper; `hidden`, the
 * hidden state at `<|user_emb|>`, which the head reads. With `hidden` the head serves the contrastive
 * loss alone.
 *
 * Source: Chen et al. 2020 (SimCLR), 4.2: what stands before the projection head keeps more of what
 * the loss has no use for.
 */
export type EmbeddingSource = 'head' | 'hidden';

/** How many numbers an embedding of a model has. */
export function embeddingSize({
  embedding,
  decoder,
  head,
}: Pick<DualTowerConfig, 'embedding' | 'decoder' | 'head'>): number {
  return embedding === 'hidden' ? decoder.width : head.output;
}

/**
 * Embeddings as they are given out, from hidden states at `<|user_emb|>`.
 *
 * @param hidden - `[rows, D]`
 * @param options - the model and its parameters
 * @returns `[rows, embeddingSize(config)]`, each of length 1
 */
export function embeddingsFrom(
  hidden: Tensor,
  options: {
    readonly config: Pick<DualTowerConfig, 'embedding'>;
    readonly parameters: ParameterLookup;
  },
): Tensor {
  const { config, parameters } = options;
  return normalised(config.embedding === 'hidden' ? hidden : projectionHead(hidden, parameters));
}

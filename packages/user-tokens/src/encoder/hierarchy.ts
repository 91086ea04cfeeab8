import type { ParameterLookup } from '@q-anchor/backbone';
import { add, concat, matmul, multiply, slice, type Tensor } from '@q-anchor/graph';

import { adapter } from './adapter.js';
import { modalAdapter, userAdapter } from './parameters.js';

/** Event embeddings of one modality, of all users of a batch one after the other. */
export interface ModalityEvents {
  /** The modality's name. */
  readonly name: string;
  /** Event embeddings `[events, E]`. */
  readonly embeddings: Tensor;
  /**
   * Which events are whose, as the weights of their mean: `[batch, events]`, `1 / count` for a
   * user's own events, 0 elsewhere.
   */
  readonly mean: Tensor;
}

/** The three levels of tokens, each of decoder width D. */
export interface HierarchicalTokens {
  /** One per user, `[batch, D]`. */
  readonly user: Tensor;
  /** One per user and modality, modality after modality, `[modalities * batch, D]`. */
  readonly modality: Tensor;
  /** Event tokens by modality, each `[events, D]`. */
  readonly events: readonly Tensor[];
}

/**
 * Hierarchical user tokens (paper section 3.2; means over raw event embeddings as in the release):
 *
 * - event token `adapter_m(h)`,
 * - modality token `adapter_modal(mean of h over the user's events of m)`,
 * - user token `adapter_user(mean over modalities of those means)`.
 *
 * @param parameters - the encoder's
 * @param options - events by modality, and the weights of the mean over modalities
 *   `[batch, modalities]`: `1 / present` for present ones, or `1 / all`
 */
export function hierarchicalTokens(
  parameters: ParameterLookup,
  options: { readonly modalities: readonly ModalityEvents[]; readonly modalityWeights: Tensor },
): HierarchicalTokens {
  const { modalities, modalityWeights } = options;
  const means = modalities.map(({ embeddings, mean }) => matmul([mean, embeddings]));
  const userMean = means
    .map((mean, m) => multiply(mean, slice(modalityWeights, { axis: 1, start: m, end: m + 1 })))
    .reduce((a, b) => add(a, b));
  return {
    user: adapter(userMean, { parameters, name: userAdapter }),
    modality: adapter(concat(means, 0), { parameters, name: modalAdapter }),
    events: modalities.map(({ name, embeddings }) => adapter(embeddings, { parameters, name })),
  };
}

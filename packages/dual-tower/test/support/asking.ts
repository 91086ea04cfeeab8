import type { DualTowerModel } from '@q-anchor/dual-tower';
import { userEmbeddingToken } from '@q-anchor/user-tokens';

/** The same model, whose questions join the input of their `<|user_emb|>`. */
export const asking = (model: DualTowerModel): DualTowerModel => ({
  ...model,
  config: {
    ...model.config,
    questionMean: {
      weight: 4,
      userEmbeddingId: model.collate.tokenizer.specialId(userEmbeddingToken),
    },
  },
});

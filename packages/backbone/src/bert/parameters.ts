import type { ParameterSpec, ParameterSpecs } from '../decoder/parameters.js';
import type { BertConfig } from './config.js';

/** Projections of a layer by name. */
export const bertProjections = {
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  attended: 'attention.output.dense',
  up: 'intermediate.dense',
  down: 'output.dense',
} as const;

/** Norms by name: of the embeddings, and of a layer, each after its residual sum. */
export const bertNorms = {
  embeddings: 'embeddings.LayerNorm',
  attention: 'attention.output.LayerNorm',
  output: 'output.LayerNorm',
} as const;

/** Embedding tables by name. */
export const bertTables = {
  words: 'embeddings.word_embeddings.weight',
  positions: 'embeddings.position_embeddings.weight',
  tokenTypes: 'embeddings.token_type_embeddings.weight',
} as const;

/**
 * A BERT encoder's parameters under their names in Hugging Face checkpoints, without the prefix
 * `bert.` of models with a head on top.
 *
 * The pooler is not among them: the pooling is {@link pooled}.
 *
 * @param config - the encoder's shape
 */
export function bertParameters(config: BertConfig): ParameterSpecs {
  const { width, feedForwardSize } = config;
  const specs: Record<string, ParameterSpec> = {
    [bertTables.words]: { shape: [config.vocabularySize, width], kind: 'embedding' },
    [bertTables.positions]: { shape: [config.maxPositions, width], kind: 'embedding' },
    [bertTables.tokenTypes]: { shape: [config.tokenTypes, width], kind: 'embedding' },
  };
  const norm = (name: string): void => {
    specs[`${name}.weight`] = { shape: [width], kind: 'norm' };
    specs[`${name}.bias`] = { shape: [width], kind: 'bias' };
  };
  norm(bertNorms.embeddings);
  for (let layer = 0; layer < config.layers; layer++) {
    const at = (name: string): string => `encoder.layer.${layer}.${name}`;
    const projection = (
      name: string,
      {
        shape,
        kind,
      }: { readonly shape: readonly [number, number]; readonly kind: 'matrix' | 'output-matrix' },
    ): void => {
      specs[`${at(name)}.weight`] = { shape, kind };
      specs[`${at(name)}.bias`] = { shape: [shape[0]], kind: 'bias' };
    };
    for (const name of [bertProjections.query, bertProjections.key, bertProjections.value]) {
      projection(name, { shape: [width, width], kind: 'matrix' });
    }
    projection(bertProjections.attended, { shape: [width, width], kind: 'output-matrix' });
    norm(at(bertNorms.attention));
    projection(bertProjections.up, { shape: [feedForwardSize, width], kind: 'matrix' });
    projection(bertProjections.down, { shape: [width, feedForwardSize], kind: 'output-matrix' });
    norm(at(bertNorms.output));
  }
  return specs;
}

import { matmul, type FloatDType, type Graph, type Tensor, type TensorData } from '@q-anchor/graph';

import { eventsOf, textInputNames } from './names.js';
import { tokenBags } from './token-bags.js';
import type { EventTextEncoder, TextGroup } from './text-encoder.js';

/** Texts a run: bounds the matrix of token weights. */
const textsPerRun = 1024;

/** What encoders have in common for which a text is the mean of its tokens' rows in a table. */
export const bagOfTokens: Pick<EventTextEncoder, 'tokenIds' | 'feeds' | 'runs'> = {
  tokenIds: (text, { tokenizer, maxTokens }) => tokenizer.encode(text).slice(0, maxTokens),
  feeds(groups: readonly TextGroup[]): Record<string, TensorData> {
    const { tokens, weights } = tokenBags(groups.flatMap(({ texts }) => texts));
    const columns = tokens.shape[0]!;
    const feeds: Record<string, TensorData> = { [textInputNames.bagTokens]: tokens };
    let start = 0;
    for (const { name, texts } of groups) {
      feeds[textInputNames.bag(name)] = {
        dtype: 'float32',
        shape: [texts.length, columns],
        data: weights.subarray(start * columns, (start + texts.length) * columns),
      };
      start += texts.length;
    }
    return feeds;
  },
  runs: (lengths) => {
    const indices = [...lengths.keys()];
    const count = Math.ceil(indices.length / textsPerRun);
    return Array.from({ length: count }, (_, run) =>
      indices.slice(run * textsPerRun, (run + 1) * textsPerRun),
    );
  },
};

/** The distinct tokens of the groups' texts, `int64 [tokens]`. */
export const bagTokens = (graph: Graph): Tensor =>
  graph.input(textInputNames.bagTokens, ['bag_tokens'], 'int64');

/**
 * Mean rows of each group's texts, `[texts, E]`: matrix products, so that the table gets its gradient
 * through them.
 *
 * @param rows - embeddings of the distinct tokens, `[tokens, E]`
 * @param options - the groups' names, the element type
 */
export const meanRows = (
  rows: Tensor,
  {
    groups,
    dtype = 'float32',
  }: { readonly groups: readonly string[]; readonly dtype?: FloatDType | undefined },
): readonly Tensor[] =>
  groups.map((group) => {
    const shape = [eventsOf(group), 'bag_tokens'];
    return matmul([rows.graph.input(textInputNames.bag(group), shape, dtype), rows]);
  });

import { tokenEmbeddings } from '@q-anchor/backbone';
import { rmsNorm } from '@q-anchor/graph';

import { bagOfTokens, bagTokens, meanRows } from './bags.js';
import { textNames } from './names.js';
import type { EventTextEncoder } from './text-encoder.js';

/** Far below the mean square of any checkpoint's token embeddings, which may be some 1e-4. */
const epsilon = 1e-8;

/**
 * The language model's own table: a text is the mean of its tokens' embeddings, brought to the scale
 * of 1 by a root-mean-square norm. A checkpoint's embeddings are of the order of 0.02; beside an
 * event's age and value, which are of the order of 1, texts would be lost.
 *
 * @param size - the event width, which is the language model's
 */
export const embeddingTableEncoder = ({
  eventWidth,
}: {
  readonly eventWidth: number;
}): EventTextEncoder => ({
  ...bagOfTokens,
  kind: 'embedding-table',
  parameters: { [textNames.norm]: { shape: [eventWidth], kind: 'norm' } },
  frozen: [],
  shared: ['model.embed_tokens.weight'],
  isFrozen: false,
  embed(graph, { parameters, ...options }) {
    const rows = tokenEmbeddings(parameters, bagTokens(graph));
    const weight = parameters(textNames.norm);
    return meanRows(rows, options).map((mean) => rmsNorm(mean, { weight, epsilon }));
  },
});

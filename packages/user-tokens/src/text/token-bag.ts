import { weightRows } from '@q-anchor/backbone';

import { bagOfTokens, bagTokens, meanRows } from './bags.js';
import { textNames } from './names.js';
import type { EventTextEncoder } from './text-encoder.js';

/**
 * A table of the encoder's own: a text is the mean of its tokens' rows.
 *
 * @param size - rows of the table, and the event width
 */
export const tokenBagEncoder = ({
  vocabularySize,
  eventWidth,
}: {
  readonly vocabularySize: number;
  readonly eventWidth: number;
}): EventTextEncoder => ({
  ...bagOfTokens,
  kind: 'token-bag',
  parameters: { [textNames.table]: { shape: [vocabularySize, eventWidth], kind: 'embedding' } },
  frozen: [],
  shared: [],
  isFrozen: false,
  embed(graph, { parameters, ...options }) {
    const indices = bagTokens(graph);
    const rows = weightRows(parameters, { name: textNames.table, indices, isDistinct: true });
    return meanRows(rows, options);
  },
});

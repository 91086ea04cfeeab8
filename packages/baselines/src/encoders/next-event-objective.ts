import {
  anchoredUsers,
  collateExamples,
  nextTokenLoss,
  pairInputNames,
  type TrainingObjective,
} from '@q-anchor/dual-tower';

import { drawnNextEvent } from './next-event.js';

/** What only the semantic tower and the contrastive loss read of pairs. */
const unread = new Set<string>([
  pairInputNames.answerTokens,
  pairInputNames.answerSegments,
  pairInputNames.answerPositions,
  pairInputNames.answerLast,
  pairInputNames.answerGroups,
]);

/**
 * Next-event pre-training alone: behind a user's events before a drawn one stands `<|user_emb|>`, and
 * from there that event's words are predicted, end token included:
 * `L = mean_i mean_t -log p(token_t | events before, tokens before)`. No query, no contrastive loss, no head.
 */
export const nextEventObjective: TrainingObjective = {
  losses(graph, options) {
    const { config, parameters } = options;
    const { hidden } = anchoredUsers(graph, options);
    const nextToken = nextTokenLoss(graph, { config, parameters, hidden });
    const zero = graph.constant(0, 'float32');
    return { total: nextToken, contrastive: zero, nextToken, accuracy: zero };
  },
  async batch(examples, { random, ...options }) {
    const { users: config } = options.config;
    const drawn = examples.map((example) => {
      const { profile, text } = drawnNextEvent(example.profile, { config, random });
      return { profile, pairs: [{ query: '', answer: text, source: 'future' as const }] };
    });
    const batch = await collateExamples(drawn, options);
    const feeds = Object.entries(batch.feeds).filter(([name]) => !unread.has(name));
    return { ...batch, feeds: Object.fromEntries(feeds) };
  },
};

import { userEmbeddingToken } from '@q-anchor/user-tokens';

import type { AttentionOutcome } from './read-attention.js';

/** Version of the file's format. */
const formatVersion = 1;

/** Outcomes for `--json`, and for the file that `q-anchor report` reads. */
export function attentionJson(
  outcomes: readonly AttentionOutcome[],
  counts: { readonly users: number; readonly layers: number; readonly heads: number },
): object {
  return {
    formatVersion,
    from: userEmbeddingToken,
    ...counts,
    scenarios: Object.fromEntries(
      outcomes.map(({ asked, before, after, topEvents }) => [
        asked.name,
        {
          queries: asked.before.map(({ query }) => query),
          even: (after ?? before).even,
          before: before.shares,
          ...(after && { after: after.shares }),
          ...(after?.fromPrompts && { fromPrompts: after.fromPrompts }),
          perLayer: { before: before.perLayer, ...(after && { after: after.perLayer }) },
          ...(topEvents && { topEvents }),
        },
      ]),
    ),
  };
}

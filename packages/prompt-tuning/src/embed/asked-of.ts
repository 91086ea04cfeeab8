import type { AskedQuery } from '@q-anchor/dual-tower';

import type { PromptedQueries } from './prompted-queries.js';

/** Prompted questions one by one, as an embedder is asked them: the same prompts before each. */
export const askedOf = ({ queries, prompts }: PromptedQueries): readonly AskedQuery[] =>
  queries.map((query) => ({ query, prompts }));

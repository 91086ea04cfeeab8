import type { z } from 'zod';

import type { answerSchemas } from '../../src/schemas/answers.js';

type Answer<Name extends keyof typeof answerSchemas> = z.output<(typeof answerSchemas)[Name]>;

/** Answers by route: the server's own schemas, as types alone. */
export interface Answers {
  readonly ready: Answer<'status'>;
  readonly 'v1/models': Answer<'models'>;
  readonly 'v1/scenarios': Answer<'scenarios'>;
  readonly 'v1/users': Answer<'users'>;
  readonly 'v1/embeddings': Answer<'embeddings'>;
  readonly 'v1/scores': Answer<'scores'>;
  readonly 'v1/nearest': Answer<'nearest'>;
  readonly 'v1/attention': Answer<'attention'>;
  readonly 'v1/map': Answer<'map'>;
  readonly 'v1/answers': Answer<'answer'>;
}

/** Routes that the console asks. */
export type AnswerName = keyof Answers;

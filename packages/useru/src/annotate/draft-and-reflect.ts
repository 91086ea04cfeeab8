import { createRandom } from '@q-anchor/core';

import { retrievedTopics } from '../uqa/topic-scorer.js';
import type { LifeTopic } from '../uqa/topics.js';
import type { StructuredOutput } from './chat-endpoint.js';
import type { PromptJson } from './profile-json.js';
import {
  draftMessages,
  draftSchema,
  reflectMessages,
  reflectSchema,
  type Draft,
  type Verdict,
} from './prompts.js';
import type { StructuredCalls } from './structured-call.js';

/** The best topics in an order of the seed's; where few fit, some that don't, for answers that deny. */
export function candidateTopics(
  topics: readonly LifeTopic[],
  options: { readonly scores: readonly number[]; readonly topK: number; readonly seed: number },
): LifeTopic[] {
  const { scores, topK, seed } = options;
  const random = createRandom(seed);
  const retrieved = retrievedTopics(scores, topK);
  const others = random.shuffled([...topics.keys()].filter((topic) => !retrieved.includes(topic)));
  const chosen = [...retrieved, ...others].slice(0, Math.min(topK, topics.length));
  return random.shuffled(chosen).map((topic) => topics[topic]!);
}

/** Pairs drafted in one call and judged in a second. */
export async function draftAndReflect(
  calls: StructuredCalls,
  input: {
    readonly profile: PromptJson;
    readonly candidates: readonly LifeTopic[];
    readonly count: number;
    readonly structuredOutput: StructuredOutput;
    readonly signal: AbortSignal;
  },
): Promise<{
  readonly drafts: readonly Draft[];
  readonly verdicts: ReadonlyMap<number, Verdict>;
  readonly keys: { readonly draft: string; readonly reflect: string };
}> {
  const { profile, candidates, count, structuredOutput, signal } = input;
  const draft = await calls.ask(
    {
      stage: 'draft',
      messages: draftMessages({ profile, topics: candidates, count, structuredOutput }),
      schema: draftSchema(candidates, count),
    },
    signal,
  );
  const drafts = draft.value.pairs;
  const reflect = await calls.ask(
    {
      stage: 'reflect',
      messages: reflectMessages({ profile, drafts, structuredOutput }),
      schema: reflectSchema(drafts.length),
    },
    signal,
  );
  return {
    drafts,
    verdicts: new Map(reflect.value.verdicts.map((verdict) => [verdict.index, verdict])),
    keys: { draft: draft.key, reflect: reflect.key },
  };
}

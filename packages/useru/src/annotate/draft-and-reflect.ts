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
import { NoValidAnswer, type StructuredCalls } from './structured-call.js';

/** What is asked about one user. */
export interface DraftInput {
  /** What may be said of the user. */
  readonly profile: PromptJson;
  /** The topics to choose from, the best first. */
  readonly candidates: readonly LifeTopic[];
  /** How many of them. */
  readonly count: number;
  /** The order they are shown in. */
  readonly seed: number;
  readonly structuredOutput: StructuredOutput;
  readonly signal: AbortSignal;
}

/** A draft with its verdict, and the digests of the questions behind both. */
export interface JudgedDraft {
  readonly draft: Draft;
  readonly verdict: Verdict;
  readonly keys: { readonly draft: string; readonly reflect: string };
}

/** A topic given up, as no attempt at it gave a valid answer. */
export interface GivenUpTopic {
  readonly topic: string;
  readonly stage: 'draft' | 'reflect';
  /** What was wrong with the last answer. */
  readonly reason: string;
  /** The digest of the question. */
  readonly question: string;
}

/** The best topics, the best first; where few fit, some that don't, for answers that deny. */
export function candidateTopics(
  topics: readonly LifeTopic[],
  options: { readonly scores: readonly number[]; readonly topK: number; readonly seed: number },
): LifeTopic[] {
  const { scores, topK, seed } = options;
  const retrieved = retrievedTopics(scores, topK);
  const others = createRandom(seed)
    .fork('others')
    .shuffled([...topics.keys()].filter((topic) => !retrieved.includes(topic)));
  return [...retrieved, ...others]
    .slice(0, Math.min(topK, topics.length))
    .map((topic) => topics[topic]!);
}

/**
 * Pairs drafted in one call and judged in a second. Where a call never gives a valid answer its
 * topics are asked about one by one, so that what spoils one of them doesn't cost the others.
 */
export async function draftAndReflect(
  calls: StructuredCalls,
  input: DraftInput,
): Promise<{ readonly judged: readonly JudgedDraft[]; readonly givenUp: readonly GivenUpTopic[] }> {
  const { profile, candidates, count, structuredOutput, signal } = input;
  const givenUp: GivenUpTopic[] = [];
  const drafted: Array<{ readonly draft: Draft; readonly key: string }> = [];
  const judged: JudgedDraft[] = [];

  const draft = async (topics: readonly LifeTopic[], wanted: number): Promise<void> => {
    const { key, value } = await calls.ask(
      {
        stage: 'draft',
        messages: draftMessages({ profile, topics, count: wanted, structuredOutput }),
        schema: draftSchema(topics, wanted),
      },
      signal,
    );
    drafted.push(...value.pairs.map((pair) => ({ draft: pair, key })));
  };
  const reflect = async (part: typeof drafted): Promise<void> => {
    const drafts = part.map((entry) => entry.draft);
    const { key, value } = await calls.ask(
      {
        stage: 'reflect',
        messages: reflectMessages({ profile, drafts, structuredOutput }),
        schema: reflectSchema(drafts.length),
      },
      signal,
    );
    const verdicts = new Map(value.verdicts.map((verdict) => [verdict.index, verdict]));
    for (const [index, entry] of part.entries()) {
      judged.push({
        draft: entry.draft,
        verdict: verdicts.get(index)!,
        keys: { draft: entry.key, reflect: key },
      });
    }
  };

  const shown = createRandom(input.seed).fork('shown').shuffled(candidates);
  await togetherOrAlone(candidates.slice(0, count), {
    together: () => draft(shown, count),
    alone: (topic) => draft([topic], 1),
    // One topic of one is the same question again.
    isOne: candidates.length === 1,
    onGivenUp: (topic, error) => givenUp.push(givenUpTopic(topic.id, 'draft', error)),
  });
  if (drafted.length === 0) return { judged, givenUp };
  await togetherOrAlone(drafted, {
    together: () => reflect(drafted),
    alone: (entry) => reflect([entry]),
    isOne: drafted.length === 1,
    onGivenUp: (entry, error) => givenUp.push(givenUpTopic(entry.draft.topic, 'reflect', error)),
  });
  return { judged, givenUp };
}

const givenUpTopic = (
  topic: string,
  stage: GivenUpTopic['stage'],
  { message, question }: NoValidAnswer,
): GivenUpTopic => ({ topic, stage, reason: message, question });

const unlessInvalid = async (work: () => Promise<void>): Promise<NoValidAnswer | undefined> => {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof NoValidAnswer) return error;
    throw error;
  }
};

/** Asks about all items in one call, or, where that gives nothing valid, about each. */
const togetherOrAlone = async <T>(
  items: readonly T[],
  ask: {
    readonly together: () => Promise<void>;
    readonly alone: (item: T) => Promise<void>;
    readonly isOne: boolean;
    readonly onGivenUp: (item: T, error: NoValidAnswer) => void;
  },
): Promise<void> => {
  const error = await unlessInvalid(ask.together);
  if (error === undefined) return;
  for (const item of items) {
    const own = ask.isOne ? error : await unlessInvalid(() => ask.alone(item));
    if (own !== undefined) ask.onGivenUp(item, own);
  }
};

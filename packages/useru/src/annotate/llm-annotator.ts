import { join } from 'node:path';

import {
  createRandom,
  digestOf,
  InputError,
  type QueryAnswer,
  type UserProfile,
} from '@q-anchor/core';

import type { AnnotateOptions, Annotator } from '../uqa/annotator.js';
import { createKeywordScorer, retrievedTopics, type TopicScorer } from '../uqa/topic-scorer.js';
import { lifeTopics, type LifeTopic } from '../uqa/topics.js';
import { openChatEndpoint, type StructuredOutput } from './chat-endpoint.js';
import { createGate } from './gate.js';
import { openJournal, type Journal, type JournalRecord } from './journal.js';
import { createLedger, type TokenPrices } from './ledger.js';
import { publicProfile, type PrivateParts } from './private-profile.js';
import { profileJson, type PromptJson } from './profile-json.js';
import {
  draftMessages,
  draftSchema,
  reflectMessages,
  reflectSchema,
  type Draft,
  type Verdict,
} from './prompts.js';
import type { Backoff } from './retry.js';
import {
  createStructuredCalls,
  type AttemptRecord,
  type StructuredCalls,
} from './structured-call.js';

/** What {@link openLlmAnnotator} takes. */
export interface LlmAnnotatorOptions {
  /** The endpoint's base address, e.g. `http://localhost:11434/v1`. */
  readonly url: string;
  /** The model's name there. */
  readonly model: string;
  /** The endpoint's key, where it wants one. */
  readonly apiKey?: string;
  /** Where the journal of calls and the transcripts of pairs are kept: `DATASET/annotations`. */
  readonly directory: string;
  /** What must not be sent: `dataset.info.private`. */
  readonly private?: PrivateParts | undefined;
  /** How far a profile reaches back; 90 by default. */
  readonly windowDays?: number;
  /** The life topics; the built-in ones by default. */
  readonly topics?: readonly LifeTopic[];
  /** Which topics fit a user, from what may be sent of the profile; keywords by default. */
  readonly scorer?: TopicScorer;
  /** How many topics of a user the model may choose from; 10 by default. */
  readonly topK?: number;
  /** Users worked on at once; 4 by default. */
  readonly concurrency?: number;
  /** A call, its answer included, takes at most this long; 120 by default. */
  readonly timeoutSeconds?: number;
  /** Attempts at one answer; 6 by default. */
  readonly maxAttempts?: number;
  /** Waits between attempts; from 1 s to 60 s by default. */
  readonly backoff?: Backoff;
  /** What tokens cost; nothing by default. */
  readonly prices?: TokenPrices;
  /** All calls of the journal together, earlier runs included, cost at most this; no limit by default. */
  readonly maxCost?: number;
  /** How freely the model words; the endpoint's default where it is left out. */
  readonly temperature?: number;
  /** An answer has at most this many tokens; 2,000 by default. */
  readonly maxOutputTokens?: number;
  /** The profile in a prompt has at most this many characters; 24,000 by default. */
  readonly maxProfileCharacters?: number;
  /** What the endpoint can do: enforce a JSON schema by default. */
  readonly structuredOutput?: StructuredOutput;
  /** Jitter of the waits; 1 by default. */
  readonly seed?: number;
}

/** An {@link Annotator} that asks a language model; dispose of it to close its files. */
export interface LlmAnnotator extends Annotator, AsyncDisposable {
  /** A digest of the model, its settings, the topics and what may be sent; none with a scorer of one's own. */
  readonly identity?: string;
  /** Pairs about one user; see {@link Annotator.annotate}. */
  annotate(
    profile: UserProfile,
    pastActions: readonly unknown[],
    options: AnnotateOptions,
  ): Promise<QueryAnswer[]>;
  /**
   * Over all runs of the directory: `drafted`, `supported`, `revised`, `dropped` pairs, `dropRate`,
   * `promptTokens`, `completionTokens`, `cost`; of this run: `calls`, `reusedAnswers`, `retries`.
   */
  report(): Readonly<Record<string, number>>;
}

/** A line of `transcripts.jsonl`: how one pair came about. */
interface Transcript extends JournalRecord {
  readonly subject: string;
  readonly topic: string;
  readonly query: string;
  readonly draft: string;
  readonly verdict: Verdict['verdict'];
  readonly reason: string;
  readonly answer: string;
  readonly model: string;
  readonly calls: { readonly draft: string; readonly reflect: string };
}

/**
 * The language-model annotator, over any OpenAI-compatible endpoint.
 *
 * Per user two calls. The first chooses topics out of the ten that fit best, writes a query for each
 * and answers it; the second, reflection, checks every draft against the profile: what isn't
 * supported is revised or dropped. Answers are JSON, held against a schema; invalid ones, timeouts,
 * and statuses 408, 409, 429 and 5xx are tried again after growing waits.
 *
 * Of a user it sends the profile's events and features: never the id, the actions, or what is marked
 * private. In the prompt they are one JSON value, escaped and capped, so that no text of theirs can
 * become a part of the prompt's structure.
 *
 * Each answer goes into `journal.jsonl` under a digest of its question, before it is used: a run that
 * was stopped goes on where it was, and is not charged twice. `transcripts.jsonl` holds a line per
 * pair.
 *
 * @throws {@link @q-anchor/core#InputError} if an option is out of range or the journal is damaged
 * @see arXiv 2602.14492, section on UserU: topics, queries, answers and reflection of D_uqa
 * @example
 * ```ts
 * await using annotator = await openLlmAnnotator({
 *   url: 'http://localhost:11434/v1', model: 'qwen3', directory: 'shop-dataset/annotations',
 *   private: dataset.info.private,
 * });
 * await buildPairs({ dataset, annotator, seed: 1 });
 * ```
 */
export async function openLlmAnnotator(options: LlmAnnotatorOptions): Promise<LlmAnnotator> {
  const { windowDays = 90, topics = lifeTopics, topK = 10, concurrency = 4 } = options;
  const { maxAttempts = 6, timeoutSeconds = 120, maxOutputTokens = 2000 } = options;
  const { prices = { inputPerMillion: 0, outputPerMillion: 0 }, structuredOutput = 'schema' } =
    options;
  const { maxProfileCharacters = 24_000, private: parts = { modalities: [], columns: [] } } =
    options;
  checkPositive({ concurrency, maxAttempts, timeoutSeconds, maxOutputTokens, topK });
  const endpoint = await openChatEndpoint({
    ...options,
    timeoutSeconds,
    maxOutputTokens,
    structuredOutput,
  });
  const ledger = createLedger(prices, options.maxCost);
  const verdicts = { supported: 0, revised: 0, dropped: 0 };
  const journal = await openJournal(join(options.directory, 'journal.jsonl'), (record) => {
    const { usage, cost } = record as AttemptRecord;
    ledger.addSpent(usage, cost);
  });
  const transcripts = await openJournal(join(options.directory, 'transcripts.jsonl'), (record) => {
    verdicts[(record as Transcript).verdict]++;
  });
  const settings = {
    version: 1,
    model: options.model,
    temperature: options.temperature,
    maxOutputTokens,
    structuredOutput,
  };
  const calls = createStructuredCalls({
    endpoint,
    journal,
    ledger,
    settings,
    maxOutputTokens,
    maxAttempts,
    backoff: options.backoff ?? { baseSeconds: 1, maxSeconds: 60 },
    seed: options.seed ?? 1,
  });
  const scorer = options.scorer ?? createKeywordScorer({ topics });
  const gate = createGate(concurrency);

  const annotateUser = async (
    shown: UserProfile,
    { count, seed, topicScores, signal }: AnnotateOptions,
  ): Promise<QueryAnswer[]> => {
    const stop = signal ?? new AbortController().signal;
    stop.throwIfAborted();
    const scores = topicScores ?? (await scorer.scores(shown, []));
    const candidates = candidateTopics(topics, { scores, topK, seed });
    const pairs = Math.min(count, candidates.length);
    const profile = profileJson(shown, { windowDays, maxCharacters: maxProfileCharacters });
    const { drafts, verdictOf, keys } = await draftAndReflect(calls, {
      profile,
      candidates,
      count: pairs,
      structuredOutput,
      signal: stop,
    });
    const kept: QueryAnswer[] = [];
    for (const [index, { topic, query, answer: draft }] of drafts.entries()) {
      const { verdict, reason, answer: revision } = verdictOf(index);
      const answer = verdict === 'revised' ? revision : draft;
      const transcript: Transcript = {
        key: digestOf({ ...keys, index }),
        subject: digestOf({ profile: JSON.stringify(profile) }).slice(0, 16),
        topic,
        query,
        draft,
        verdict,
        reason,
        answer: verdict === 'dropped' ? '' : answer,
        model: options.model,
        calls: keys,
      };
      await appendOnce(transcripts, transcript, () => verdicts[verdict]++);
      if (verdict !== 'dropped') kept.push({ query, answer, source: 'uqa', topic });
    }
    return kept;
  };

  return {
    name: 'llm',
    ...(options.scorer === undefined && {
      identity: digestOf({
        ...settings,
        topics: topics.map((topic) => ({ ...topic })),
        parts: { modalities: parts.modalities, columns: parts.columns },
        sizes: [windowDays, topK, maxProfileCharacters],
      }),
    }),
    annotate: (profile, _pastActions, annotateOptions) =>
      annotateOptions.count < 1
        ? Promise.resolve([])
        : gate(() => annotateUser(publicProfile(profile, parts), annotateOptions)),
    report: () => {
      const { reused, ...counts } = calls.counts();
      const drafted = verdicts.supported + verdicts.revised + verdicts.dropped;
      const dropRate = drafted === 0 ? 0 : verdicts.dropped / drafted;
      return {
        drafted,
        ...verdicts,
        dropRate,
        ...counts,
        reusedAnswers: reused,
        ...ledger.total(),
      };
    },
    [Symbol.asyncDispose]: async () => {
      await journal[Symbol.asyncDispose]();
      await transcripts[Symbol.asyncDispose]();
    },
  };
}

const checkPositive = (values: Readonly<Record<string, number>>): void => {
  for (const [where, value] of Object.entries(values)) {
    if (value > 0 && Number.isFinite(value)) continue;
    throw new InputError({ where, expected: 'a positive number', found: `${value}` });
  }
};

/** The best topics in an order of the seed's; where few fit, some that don't, for answers that deny. */
const candidateTopics = (
  topics: readonly LifeTopic[],
  options: { readonly scores: readonly number[]; readonly topK: number; readonly seed: number },
): LifeTopic[] => {
  const { scores, topK, seed } = options;
  const random = createRandom(seed);
  const retrieved = retrievedTopics(scores, topK);
  const others = random.shuffled([...topics.keys()].filter((topic) => !retrieved.includes(topic)));
  const chosen = [...retrieved, ...others].slice(0, Math.min(topK, topics.length));
  return random.shuffled(chosen).map((topic) => topics[topic]!);
};

const draftAndReflect = async (
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
  verdictOf(index: number): Verdict;
  readonly keys: { readonly draft: string; readonly reflect: string };
}> => {
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
    verdictOf: (index) => reflect.value.verdicts.find((verdict) => verdict.index === index)!,
    keys: { draft: draft.key, reflect: reflect.key },
  };
};

/** Two users with equal profiles share a line. */
const appendOnce = async (
  journal: Journal,
  record: Transcript,
  onAppend: () => void,
): Promise<void> => {
  if (journal.has(record.key!)) return;
  await journal.append(record);
  onAppend();
};

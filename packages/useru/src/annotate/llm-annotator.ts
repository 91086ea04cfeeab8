import { join } from 'node:path';

import { digestOf, InputError, type QueryAnswer, type UserProfile } from '@q-anchor/core';

import type { AnnotateOptions } from '../uqa/annotator.js';
import { createKeywordScorer } from '../uqa/topic-scorer.js';
import { lifeTopics } from '../uqa/topics.js';
import { openChatEndpoint } from './chat-endpoint.js';
import { candidateTopics, draftAndReflect } from './draft-and-reflect.js';
import { createGate } from './gate.js';
import { openJournal, type Journal, type JournalRecord } from './journal.js';
import { createLedger } from './ledger.js';
import type { LlmAnnotator, LlmAnnotatorOptions } from './llm-options.js';
import { publicProfile } from './private-profile.js';
import { profileJson } from './profile-json.js';
import type { Verdict } from './prompts.js';
import { createStructuredCalls, type AttemptRecord } from './structured-call.js';

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
    const {
      drafts,
      verdicts: said,
      keys,
    } = await draftAndReflect(calls, {
      profile,
      candidates,
      count: pairs,
      structuredOutput,
      signal: stop,
    });
    const kept: QueryAnswer[] = [];
    for (const [index, { topic, query, answer: draft }] of drafts.entries()) {
      const { verdict, reason, answer: revision } = said.get(index)!;
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

import { join } from 'node:path';

import { digestOf, InputError, type QueryAnswer, type UserProfile } from '@q-anchor/core';

import type { AnnotateOptions } from '../uqa/annotator.js';
import { createKeywordScorer } from '../uqa/topic-scorer.js';
import { lifeTopics } from '../uqa/topics.js';
import { createAttemptHistory, type AttemptRecord } from './attempts.js';
import { openChatEndpoint } from './chat-endpoint.js';
import { candidateTopics, draftAndReflect } from './draft-and-reflect.js';
import { createGate } from './gate.js';
import { openJournal } from './journal.js';
import { createLedger } from './ledger.js';
import type { LlmAnnotator, LlmAnnotatorOptions } from './llm-options.js';
import { publicProfile } from './private-profile.js';
import { profileJson } from './profile-json.js';
import { createStructuredCalls } from './structured-call.js';
import { openTranscripts } from './transcripts.js';

/**
 * The language-model annotator, over any OpenAI-compatible endpoint.
 *
 * Per user two calls. The first chooses topics out of the ten that fit best, writes a query for each
 * and answers it; the second, reflection, checks every draft against the profile: what isn't
 * supported is revised or dropped. Answers are JSON, held against a schema. Timeouts and statuses 408,
 * 409, 429 and 5xx are tried again after growing waits, until the run stops; invalid answers too, but a
 * topic that never gets a valid one is skipped for that user, counted and listed.
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
  const history = createAttemptHistory();
  const journal = await openJournal(join(options.directory, 'journal.jsonl'), (record) => {
    const { usage, prices: then } = record as AttemptRecord;
    ledger.addSpent(usage, then);
    history.note(record as AttemptRecord);
  });
  const transcripts = await openTranscripts(options.directory);
  const settings = {
    version: 2,
    model: options.model,
    temperature: options.temperature,
    maxOutputTokens,
    structuredOutput,
  };
  const calls = createStructuredCalls({
    endpoint,
    journal,
    history,
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
    const profile = profileJson(shown, {
      windowDays,
      maxCharacters: maxProfileCharacters,
      maxEvents: options.maxEvents,
    });
    const { judged, givenUp } = await draftAndReflect(calls, {
      profile,
      candidates,
      count: Math.min(count, candidates.length),
      seed,
      structuredOutput,
      signal: stop,
    });
    const about = {
      subject: digestOf({ profile: JSON.stringify(profile) }).slice(0, 16),
      model: options.model,
    };
    const kept: QueryAnswer[] = [];
    for (const { draft, verdict: said, keys } of judged) {
      const { topic, query } = draft;
      const { verdict, reason, index } = said;
      const answer = verdict === 'revised' ? said.answer : draft.answer;
      await transcripts.add({
        ...about,
        key: digestOf({ ...keys, index }),
        topic,
        query,
        draft: draft.answer,
        verdict,
        reason,
        answer: verdict === 'dropped' ? '' : answer,
        calls: keys,
      });
      if (verdict !== 'dropped') kept.push({ query, answer, source: 'uqa', topic });
    }
    for (const { topic, stage, reason, question } of givenUp) {
      const key = digestOf({ question, topic });
      await transcripts.add({
        ...about,
        key,
        topic,
        verdict: 'skipped',
        reason: `no valid answer (${stage}): ${reason}`,
      });
    }
    return kept;
  };

  return {
    name: 'llm',
    ...(scorer.identity !== undefined && {
      identity: digestOf({
        ...settings,
        scorer: scorer.identity,
        topics: topics.map((topic) => ({ ...topic })),
        parts: { modalities: parts.modalities, columns: parts.columns },
        sizes: [windowDays, topK, maxProfileCharacters],
        maxEvents: options.maxEvents,
        maxAttempts,
      }),
    }),
    annotate: (profile, _pastActions, annotateOptions) =>
      annotateOptions.count < 1
        ? Promise.resolve([])
        : gate(() => annotateUser(publicProfile(profile, parts), annotateOptions)),
    report: () => {
      const { skipped, ...verdicts } = transcripts.counts();
      const drafted = verdicts.supported + verdicts.revised + verdicts.dropped;
      const { answered, rejected } = history.counts();
      return {
        drafted,
        ...verdicts,
        dropRate: drafted === 0 ? 0 : verdicts.dropped / drafted,
        skipped,
        answers: answered + rejected,
        invalidAnswers: rejected,
        ...ledger.total(),
      };
    },
    skipped: () => transcripts.skipped(),
    effort: () => {
      const { requests, reused, retries } = calls.effort();
      return { requests, reusedAnswers: reused, retries };
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

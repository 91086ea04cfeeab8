import { createRandom, digestOf, UnavailableError, type Digestible } from '@q-anchor/core';
import type { z } from 'zod';

import { readJson, schemaOf } from './answer-json.js';
import type { AttemptHistory, AttemptRecord } from './attempts.js';
import {
  PassingFailure,
  type ChatAnswer,
  type ChatEndpoint,
  type ChatMessage,
  type ChatRequest,
} from './chat-endpoint.js';
import type { Journal } from './journal.js';
import type { Ledger, TokenUsage } from './ledger.js';
import { retryDelaySeconds, waitSeconds, type Backoff } from './retry.js';

/** A question whose answer is JSON of a known shape. */
interface StructuredQuestion<T> {
  /** What it is for, e.g. `draft`. */
  readonly stage: string;
  /** The conversation. */
  readonly messages: readonly ChatMessage[];
  /** The shape of the answer; finer rules may stand in refinements. */
  readonly schema: z.ZodType<T>;
}

/** A valid answer and the key it has in the journal. */
interface StructuredAnswer<T> {
  readonly key: string;
  readonly value: T;
}

/** No attempt at a question gave a valid answer: it is given up, the rest goes on. */
export class NoValidAnswer extends Error {
  override readonly name = 'NoValidAnswer';
  /** The digest of the question. */
  readonly question: string;

  constructor(complaint: string, question: string) {
    super(complaint);
    this.question = question;
  }
}

/** Asks, tries again, and remembers answers. */
export interface StructuredCalls {
  /**
   * The answer to a question: from the journal if it was asked before, else from the endpoint.
   *
   * @throws {@link NoValidAnswer} if every attempt was answered, and none validly
   * @throws {@link @q-anchor/core#UnavailableError} if attempts in a row got no answer at all, or if
   * no question has ever been answered validly
   */
  ask<T>(question: StructuredQuestion<T>, signal: AbortSignal): Promise<StructuredAnswer<T>>;
  /** Requests made, answers taken from the journal, and attempts that failed, since it was opened. */
  effort(): { readonly requests: number; readonly reused: number; readonly retries: number };
}

/** What {@link createStructuredCalls} takes. */
export interface StructuredCallsOptions {
  readonly endpoint: ChatEndpoint;
  readonly journal: Journal;
  /** What the journal holds. */
  readonly history: AttemptHistory;
  readonly ledger: Ledger;
  /** What answers depend on beside the question: the model and its settings. */
  readonly settings: Readonly<Record<string, Digestible | undefined>>;
  readonly maxOutputTokens: number;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  /** Jitter of the waits. */
  readonly seed: number;
}

/** A server that asks for a longer wait than this is as good as gone. */
const maxRetryAfterSeconds = 600;

/** Of texts that no usage is told of: a token has about this many characters. */
const charactersPerToken = 4;

/** One attempt at least this dear is set aside: a token has at least about two characters. */
const leastCharactersPerToken = 2;

/** So many questions given up without a single valid answer: the model can't do it at all. */
const hopelessQuestions = 20;

/** A maker of calls with a journal, attempts and a ledger. */
export function createStructuredCalls(options: StructuredCallsOptions): StructuredCalls {
  const { endpoint, journal, history, ledger, settings, maxAttempts, backoff } = options;
  const { maxOutputTokens } = options;
  const random = createRandom(options.seed).fork('backoff');
  const underWay = new Map<string, Promise<unknown>>();
  const givenUp = new Set<string>();
  let [requests, reused, retries, pausedUntil] = [0, 0, 0, 0];

  const attempt = async (
    request: ChatRequest,
    signal: AbortSignal,
  ): Promise<ChatAnswer & { readonly usage: TokenUsage }> => {
    const characters = request.messages.reduce((sum, { content }) => sum + content.length, 0);
    const settle = ledger.reserve({
      promptTokens: Math.ceil(characters / leastCharactersPerToken),
      completionTokens: maxOutputTokens,
    });
    let usage: TokenUsage | undefined;
    try {
      requests++;
      const answer = await endpoint(request, signal);
      usage = answer.usage ?? {
        promptTokens: Math.ceil(characters / charactersPerToken),
        completionTokens: Math.ceil(answer.content.length / charactersPerToken),
      };
      return { ...answer, usage };
    } finally {
      settle(usage);
    }
  };

  /** Attempts until one is answered, whatever the answer is. */
  const reached = async (
    request: ChatRequest,
    signal: AbortSignal,
  ): Promise<ChatAnswer & { readonly usage: TokenUsage }> => {
    for (let failed = 1; ; failed++) {
      await waitSeconds((pausedUntil - Date.now()) / 1000, signal);
      try {
        return await attempt(request, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof PassingFailure)) throw error;
        retries++;
        const { retryAfterSeconds = 0 } = error;
        if (failed >= maxAttempts || retryAfterSeconds > maxRetryAfterSeconds) {
          throw unreached(failed, error);
        }
        // Who is told to wait is told so for all.
        pausedUntil = Math.max(pausedUntil, Date.now() + retryAfterSeconds * 1000);
        const seconds = retryDelaySeconds(failed - 1, { ...backoff, random, retryAfterSeconds });
        await waitSeconds(seconds, signal);
      }
    }
  };

  const answered = async <T>(
    { stage, messages, schema }: StructuredQuestion<T>,
    question: string,
    signal: AbortSignal,
  ): Promise<T> => {
    const jsonSchema = schemaOf(schema);
    for (;;) {
      const { rejected, complaint } = history.rejectedOf(question);
      if (rejected >= maxAttempts) throw giveUp(question, complaint);
      const asked = complaint === '' ? messages : [...messages, correction(complaint)];
      const answer = await reached({ messages: asked, schema: jsonSchema, name: stage }, signal);
      const { usage } = answer;
      const result = readJson(answer, schema);
      const record: AttemptRecord = {
        ...(result.isValid
          ? { type: 'answer', key: question, messages, value: result.value }
          : { type: 'rejected', complaint: result.complaint }),
        question,
        stage,
        usage,
        prices: ledger.prices,
        cost: ledger.costOf(usage),
      };
      if (!result.isValid) retries++;
      await journal.append(record);
      history.note(record);
      if (result.isValid) return result.value;
    }
  };

  const giveUp = (question: string, complaint: string): Error => {
    givenUp.add(question);
    const isHopeless = history.counts().answered === 0 && givenUp.size >= hopelessQuestions;
    return isHopeless
      ? new UnavailableError(
          'The model',
          `none of its answers is valid; of the last: ${complaint}`,
          'Try another way of asking for JSON, more tokens an answer, or another model',
        )
      : new NoValidAnswer(complaint, question);
  };

  return {
    ask: async (question, signal) => {
      const { stage, messages, schema } = question;
      const key = digestOf({ ...settings, stage, messages: messages.map((m) => ({ ...m })) });
      if (journal.has(key)) {
        const record = (await journal.read(key)) as { readonly value?: unknown };
        const parsed = schema.safeParse(record.value);
        if (parsed.success) {
          reused++;
          return { key, value: parsed.data };
        }
      }
      // Equal questions at the same time are asked once.
      let promise = underWay.get(key) as Promise<z.infer<typeof schema>> | undefined;
      if (promise === undefined) {
        promise = answered(question, key, signal).finally(() => underWay.delete(key));
        underWay.set(key, promise);
      }
      return { key, value: await promise };
    },
    effort: () => ({ requests, reused, retries }),
  };
}

const unreached = (attempts: number, cause: Error): UnavailableError =>
  new UnavailableError(
    'An answer of the model',
    `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} failed, the last with ${cause.message}`,
    'Run again later: what is answered already is kept',
    { cause },
  );

/** Nothing of the wrong answer is sent back: it would only grow the prompt. */
const correction = (complaint: string): ChatMessage => ({
  role: 'user',
  content: `The former answer was not valid: ${complaint}. Answer the message above again, with nothing but JSON of the schema.`,
});

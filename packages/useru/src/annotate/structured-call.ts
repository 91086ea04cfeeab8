import { createRandom, digestOf, UnavailableError, type Digestible } from '@q-anchor/core';
import { z } from 'zod';

import {
  PassingFailure,
  type ChatAnswer,
  type ChatEndpoint,
  type ChatMessage,
  type ChatRequest,
} from './chat-endpoint.js';
import type { Journal, JournalRecord } from './journal.js';
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

/** Asks, tries again, and remembers answers. */
export interface StructuredCalls {
  /**
   * The answer to a question: from the journal if it was asked before, else from the endpoint.
   *
   * @throws {@link @q-anchor/core#UnavailableError} if no attempt gave a valid answer
   */
  ask<T>(question: StructuredQuestion<T>, signal: AbortSignal): Promise<StructuredAnswer<T>>;
  /** Calls made, answers taken from the journal, and attempts that failed, since it was opened. */
  counts(): { readonly calls: number; readonly reused: number; readonly retries: number };
}

/** What {@link createStructuredCalls} takes. */
export interface StructuredCallsOptions {
  readonly endpoint: ChatEndpoint;
  readonly journal: Journal;
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

/** The line of the journal a spent attempt leaves; one with a key holds a valid answer. */
export interface AttemptRecord extends JournalRecord {
  readonly type: 'answer' | 'rejected';
  readonly stage: string;
  readonly usage: TokenUsage;
  readonly cost: number;
}

/** A maker of calls with a journal, attempts and a ledger. */
export function createStructuredCalls(options: StructuredCallsOptions): StructuredCalls {
  const { endpoint, journal, ledger, settings, maxAttempts, backoff, maxOutputTokens } = options;
  const random = createRandom(options.seed).fork('backoff');
  const underWay = new Map<string, Promise<unknown>>();
  let [calls, reused, retries, pausedUntil] = [0, 0, 0, 0];

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
      calls++;
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

  const answered = async <T>(
    question: StructuredQuestion<T>,
    key: string,
    signal: AbortSignal,
  ): Promise<T> => {
    const { stage, messages, schema } = question;
    const jsonSchema = schemaOf(schema);
    let complaint = '';
    let lastFailure: unknown;
    for (let failed = 0; failed < maxAttempts; failed++) {
      await waitSeconds((pausedUntil - Date.now()) / 1000, signal);
      try {
        const asked = complaint === '' ? messages : [...messages, correction(complaint)];
        const answer = await attempt({ messages: asked, schema: jsonSchema, name: stage }, signal);
        const result = readJson(answer, schema);
        const spent = { stage, usage: answer.usage, cost: ledger.costOf(answer.usage) };
        if (result.isValid) {
          const { value } = result;
          await journal.append({ ...spent, key, type: 'answer', messages, value } as AttemptRecord);
          return value;
        }
        await journal.append({
          ...spent,
          type: 'rejected',
          complaint: result.complaint,
        } as AttemptRecord);
        complaint = result.complaint;
        lastFailure = new Error(result.complaint);
        retries++;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof PassingFailure)) throw error;
        const { retryAfterSeconds } = error;
        if ((retryAfterSeconds ?? 0) > maxRetryAfterSeconds) throw gaveUp(failed + 1, error);
        lastFailure = error;
        retries++;
        if (failed + 1 === maxAttempts) break;
        const seconds = retryDelaySeconds(failed, { ...backoff, random, retryAfterSeconds });
        // Who is told to wait is told so for all.
        if (retryAfterSeconds !== undefined) {
          pausedUntil = Math.max(pausedUntil, Date.now() + retryAfterSeconds * 1000);
        }
        await waitSeconds(seconds, signal);
      }
    }
    throw gaveUp(maxAttempts, lastFailure);
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
    counts: () => ({ calls, reused, retries }),
  };
}

const gaveUp = (attempts: number, cause: unknown): UnavailableError =>
  new UnavailableError(
    'An answer of the model',
    `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} failed, the last with ${cause instanceof Error ? cause.message : String(cause)}`,
    'Run again later: what is answered already is kept',
    { cause },
  );

/** Nothing of the wrong answer is sent back: it would only grow the prompt. */
const correction = (complaint: string): ChatMessage => ({
  role: 'user',
  content: `The former answer was not valid: ${complaint}. Answer the message above again, with nothing but JSON of the schema.`,
});

const schemaOf = (schema: z.ZodType): Record<string, unknown> => {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema);
  return rest;
};

type Reading<T> =
  | { readonly isValid: true; readonly value: T }
  | { readonly isValid: false; readonly complaint: string };

const readJson = <T>({ content, isWhole }: ChatAnswer, schema: z.ZodType<T>): Reading<T> => {
  if (!isWhole) return { isValid: false, complaint: 'it was cut at the token limit' };
  let json: unknown;
  try {
    // Models without enforced schemas like to put JSON between fences.
    json = JSON.parse(content.trim().replace(/^```(?:json)?\s*([\s\S]*?)\s*```$/u, '$1'));
  } catch {
    return { isValid: false, complaint: 'it was not JSON' };
  }
  const result = schema.safeParse(json);
  if (result.success) return { isValid: true, value: result.data };
  const { path, message } = result.error.issues[0]!;
  return { isValid: false, complaint: `${path.map(String).join('.') || 'the answer'}: ${message}` };
};

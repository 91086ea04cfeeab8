import { InputError, UnavailableError } from '@q-anchor/core';
import type OpenAI from 'openai';

import type { TokenUsage } from './ledger.js';
import { secondsToWait } from './retry.js';

/** How an endpoint is asked for JSON: by a schema it enforces, as some JSON, or in words alone. */
export type StructuredOutput = 'schema' | 'object' | 'words';

/** Which model to ask, and how. */
export interface ChatEndpointOptions {
  /** The endpoint's base address, e.g. `http://localhost:11434/v1`. */
  readonly url: string;
  /** The model's name there. */
  readonly model: string;
  /** Its key, where it wants one. */
  readonly apiKey?: string | undefined;
  /** A call, its answer included, takes at most this long. */
  readonly timeoutSeconds: number;
  /** An answer has at most this many tokens. */
  readonly maxOutputTokens: number;
  /** How freely the model words; the endpoint's own default where it is left out. */
  readonly temperature?: number | undefined;
  /** What the endpoint can do. */
  readonly structuredOutput: StructuredOutput;
}

/** One message of a conversation. */
export interface ChatMessage {
  /** Who speaks. */
  readonly role: 'system' | 'user' | 'assistant';
  /** What. */
  readonly content: string;
}

/** What a call asks. */
export interface ChatRequest {
  /** The conversation. */
  readonly messages: readonly ChatMessage[];
  /** The answer's JSON schema. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** The schema's name. */
  readonly name: string;
}

/** What came back. */
export interface ChatAnswer {
  /** The text. */
  readonly content: string;
  /** Whether the text is whole, not cut at the token limit. */
  readonly isWhole: boolean;
  /** What the endpoint says it used; absent if it doesn't say. */
  readonly usage?: TokenUsage;
}

/** A call that failed but may succeed if it is made again. */
export class PassingFailure extends Error {
  override readonly name = 'PassingFailure';
  /** How long the server asks to wait. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    message: string,
    options: { cause: unknown; retryAfterSeconds?: number | undefined },
  ) {
    super(message, { cause: options.cause });
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Makes single calls, without trying again. */
export type ChatEndpoint = (request: ChatRequest, signal: AbortSignal) => Promise<ChatAnswer>;

/** Statuses after which the same call may succeed. */
const passingStatus = (status: number): boolean =>
  status === 408 || status === 409 || status === 429 || status >= 500;

/** An OpenAI-compatible endpoint, called through the `openai` package. */
export async function openChatEndpoint(options: ChatEndpointOptions): Promise<ChatEndpoint> {
  const { url, model, apiKey, timeoutSeconds, maxOutputTokens, temperature } = options;
  const { default: Client, APIError } = await import('openai');
  if (!/^https?:$/u.test(protocolOf(url))) {
    throw new InputError({ where: 'url', expected: 'an http or https address', found: url });
  }
  const client = new Client({
    baseURL: url,
    // The client insists on a key; local servers mostly ignore it.
    apiKey: apiKey ?? 'none',
    organization: null,
    project: null,
    logLevel: 'off',
    // Attempts are counted here, where answers that are no valid JSON count too.
    maxRetries: 0,
    timeout: timeoutSeconds * 1000,
  });

  const failureOf = (error: unknown, isTimeout: boolean): Error => {
    if (isTimeout) {
      return new PassingFailure(`no whole answer in ${timeoutSeconds} s`, { cause: error });
    }
    if (error instanceof APIError && typeof error.status === 'number') {
      const status: number = error.status;
      const what = `status ${status}${error.code == null ? '' : ` (${error.code})`}`;
      // Money is not there again in a minute.
      const isSpent = error.code === 'insufficient_quota';
      if (passingStatus(status) && !isSpent) {
        const wait = secondsToWait(error.headers, Date.now());
        return new PassingFailure(what, { cause: error, retryAfterSeconds: wait });
      }
      const said = error.message.slice(0, 300);
      return new UnavailableError(
        `The model ${model} at ${url}`,
        `it answers with ${what}: ${said}`,
        'Check the address, the model, the key and what the endpoint can do; what is answered already is kept',
        { cause: error },
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    return new PassingFailure(`no readable answer (${reason})`, { cause: error });
  };

  return async (request, signal) => {
    signal.throwIfAborted();
    const stop = new AbortController();
    const abort = (): void => stop.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    let isTimeout = false;
    // The client's own timeout ends with the headers; this one covers a body that stalls.
    const timer = setTimeout(() => {
      isTimeout = true;
      stop.abort();
    }, timeoutSeconds * 1000);
    try {
      const completion = await client.chat.completions.create(
        {
          model,
          messages: request.messages.map((message) => ({ ...message })),
          max_completion_tokens: maxOutputTokens,
          ...(temperature === undefined ? {} : { temperature }),
          ...responseFormat(request, options.structuredOutput),
        },
        { signal: stop.signal },
      );
      return readAnswer(completion);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof PassingFailure ? error : failureOf(error, isTimeout);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  };
}

const protocolOf = (url: string): string => {
  try {
    return new URL(url).protocol;
  } catch {
    return '';
  }
};

const responseFormat = (
  { name, schema }: ChatRequest,
  structuredOutput: StructuredOutput,
): Pick<OpenAI.ChatCompletionCreateParamsNonStreaming, 'response_format'> => {
  if (structuredOutput === 'words') return {};
  if (structuredOutput === 'object') return { response_format: { type: 'json_object' } };
  return {
    response_format: {
      type: 'json_schema',
      json_schema: { name, strict: true, schema: { ...schema } },
    },
  };
};

/** An endpoint that only claims to be compatible may answer anything. */
const readAnswer = (completion: unknown): ChatAnswer => {
  const { choices, usage } = (completion ?? {}) as {
    readonly choices?: ReadonlyArray<{
      readonly message?: { readonly content?: unknown };
      readonly finish_reason?: unknown;
    }>;
    readonly usage?: { readonly prompt_tokens?: unknown; readonly completion_tokens?: unknown };
  };
  const [promptTokens, completionTokens] = [usage?.prompt_tokens, usage?.completion_tokens];
  const choice = Array.isArray(choices) ? choices[0] : undefined;
  if (choice?.message === undefined) {
    throw new PassingFailure('no completion in the answer', { cause: completion });
  }
  const content = choice.message.content;
  return {
    content: typeof content === 'string' ? content : '',
    isWhole: choice.finish_reason !== 'length',
    ...(typeof promptTokens === 'number' && typeof completionTokens === 'number'
      ? { usage: { promptTokens, completionTokens } }
      : {}),
  };
};

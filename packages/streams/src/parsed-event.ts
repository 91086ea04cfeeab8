import { QAnchorError } from '@q-anchor/core';

import type { StreamEvent } from './stream-event.js';

/** A message can't be taken in; says why in words that hold nothing of its content. */
export class PoisonError extends QAnchorError {
  /** @internal */
  constructor(reason: string) {
    super('POISON', reason);
  }

  /** Whether `error` is a {@link PoisonError}. */
  static override isInstance(error: unknown): error is PoisonError {
    return QAnchorError.isInstance(error) && error.code === 'POISON';
  }
}

const mostBytes = 2 ** 20;

const text = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** What each key must be. */
const rules: Readonly<Record<string, readonly [(value: unknown) => boolean, string]>> = {
  userId: [text, 'a text'],
  modality: [text, 'a text'],
  id: [text, 'a text'],
  timeDays: [Number.isFinite, 'a number of days'],
  text: [(value) => typeof value === 'string', 'a text'],
  value: [(value) => value === undefined || value === null || Number.isFinite(value), 'a number'],
};

/**
 * The event of a message: `{"userId","modality","id","timeDays","text","value"}`, UTF-8, `value` optional;
 * other keys are passed over.
 *
 * @param body - the message; none: a message without content
 * @throws {@link PoisonError} if it is something else
 */
export function parsedEvent(body: Uint8Array | undefined): StreamEvent {
  if (body === undefined || body.length === 0) throw new PoisonError('no content');
  if (body.length > mostBytes) throw new PoisonError(`more than ${mostBytes} bytes`);
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new PoisonError('not JSON in UTF-8');
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new PoisonError('not a JSON object');
  }
  const event = content as Record<string, unknown>;
  for (const [key, [isRight, expected]] of Object.entries(rules)) {
    if (!isRight(event[key])) throw new PoisonError(`"${key}" is not ${expected}`);
  }
  const { userId, modality, id, timeDays, text: words, value } = event as unknown as StreamEvent;
  return {
    userId,
    modality,
    id,
    timeDays,
    text: words,
    ...(typeof value === 'number' && { value }),
  };
}

import type { Random } from '@q-anchor/core';

import type { PrefixCache } from '../embed/prefix-cache.js';
import type { Answer, AnswerRecord, StopReason } from './answer.js';
import type { Decoding } from './decoding.js';
import type { GeneratedTokens } from './generated-tokens.js';
import { logProbability, penalised } from './logits.js';
import type { StepProgram } from './step-program.js';
import { createTextStream } from './text-stream.js';
import { drawnToken, tokenDistribution } from './token-distribution.js';

/** All that an answer is made of. */
export interface AnswerParts {
  readonly program: StepProgram;
  /** Positions of the decoder. */
  readonly maxPositions: number;
  readonly allowed: GeneratedTokens;
  readonly decode: (ids: readonly number[]) => string;
  /** The user's prefix, when it is needed. */
  readonly prefix: () => Promise<PrefixCache>;
  /** The query and `<|user_emb|>`. */
  readonly queryIds: readonly number[];
  readonly decoding: Decoding;
  readonly random: Random;
  readonly maxTokens: number;
  readonly signal: AbortSignal | undefined;
}

/** An answer that starts when it is read. */
export function startedAnswer(parts: AnswerParts): Answer {
  const { maxTokens, signal } = parts;
  const text = createTextStream(parts.decode);
  const tokenIds: number[] = [];
  let logProbabilities = 0;
  let count = 0;
  let stopReason: StopReason = 'stopped';

  const pieces = (async function* (): AsyncGenerator<string, void> {
    if (isStopped(signal)) return;
    await using sequence = await parts.program.begin(await parts.prefix());
    // The last token of an answer is chosen, and not read: it needs no position.
    const room = parts.maxPositions - sequence.nextPosition - parts.queryIds.length + 1;
    let next: readonly number[] = parts.queryIds;
    while (!isStopped(signal)) {
      const logits = await sequence.read(next);
      const id = chosenToken(logits, { ...parts, tokenIds });
      logProbabilities += logProbability(logits, id);
      count++;
      if (parts.allowed.endIds.has(id)) {
        stopReason = 'end';
        return;
      }
      tokenIds.push(id);
      const piece = text.push(id);
      if (count >= maxTokens || count >= room) {
        stopReason = count >= maxTokens ? 'maxTokens' : 'positions';
      }
      if (piece !== '') yield piece;
      if (stopReason !== 'stopped') return;
      next = [id];
    }
  })();

  return {
    [Symbol.asyncIterator]: () => pieces,
    async finished(): Promise<AnswerRecord> {
      for await (const _ of pieces);
      return {
        text: text.text,
        tokenIds: [...tokenIds],
        stopReason,
        meanLogProbability: count === 0 ? null : logProbabilities / count,
      };
    },
  };
}

const isStopped = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

function chosenToken(
  logits: Float32Array,
  {
    allowed,
    decoding,
    random,
    queryIds,
    tokenIds,
  }: AnswerParts & { readonly tokenIds: readonly number[] },
): number {
  const changed = penalised(logits, {
    ids: [...queryIds, ...tokenIds],
    penalty: decoding.repetitionPenalty,
  });
  allowed.restrict(changed);
  return drawnToken(tokenDistribution(changed, decoding), random.uniform());
}

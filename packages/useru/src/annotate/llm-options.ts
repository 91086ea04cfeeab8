import type { QueryAnswer, UserProfile } from '@q-anchor/core';

import type { AnnotateOptions, Annotator } from '../uqa/annotator.js';
import type { TopicScorer } from '../uqa/topic-scorer.js';
import type { LifeTopic } from '../uqa/topics.js';
import type { StructuredOutput } from './chat-endpoint.js';
import type { TokenPrices } from './ledger.js';
import type { PrivateParts } from './private-profile.js';
import type { Backoff } from './retry.js';

/** What `openLlmAnnotator` takes. */
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

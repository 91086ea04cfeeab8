import type { QueryAnswer, UserProfile } from '@q-anchor/core';

import type { AnnotateOptions, Annotator, SkippedTopic } from '../uqa/annotator.js';
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
  /** How many events of each modality a profile holds at most: there may be more than are counted. */
  readonly maxEvents?: Readonly<Record<string, number>>;
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
  /**
   * How often one question may be answered invalidly before it is given up, and how many attempts in
   * a row may get no answer before the run stops; 6 by default.
   */
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
  /** A digest of the model, its settings, the topics and what may be sent; none with a scorer that has none. */
  readonly identity?: string;
  /** Pairs about one user; see {@link Annotator.annotate}. */
  annotate(
    profile: UserProfile,
    pastActions: readonly unknown[],
    options: AnnotateOptions,
  ): Promise<QueryAnswer[]>;
  /**
   * Over all runs of the directory: pairs `drafted`, `supported`, `revised`, `dropped`, the `dropRate`,
   * topics `skipped` for want of a valid answer; `answers` of the model, `invalidAnswers` among them;
   * `promptTokens`, `completionTokens`, `cost`. Equal answers give equal counts, however often a run
   * was stopped.
   */
  report(): Readonly<Record<string, number>>;
  /** The first of the topics skipped, by subject and topic. */
  skipped(): readonly SkippedTopic[];
  /** Of this run alone: `requests` made, `reusedAnswers` from the journal, `retries`. */
  effort(): Readonly<Record<string, number>>;
}

import type { QueryAnswer } from '@q-anchor/core';

import type { Dataset, SplitReference } from '../dataset/dataset.js';
import type { UserPair } from '../dataset/pairs.js';
import type { PairScales } from '../pairs/fit-scales.js';
import type { PairsSummary } from '../pairs/pairs-options.js';
import { maxReferencesAtOnce, referenceBatches } from '../pairs/reference-batches.js';
import { createGrounding } from '../uqa/grounding.js';
import type { LifeTopic } from '../uqa/topics.js';
import { isInProfile, laterNames, leakedName } from './leakage.js';

/** A pair that a check found fault with; without its user. */
export interface PairFinding {
  /** The pair. */
  readonly pair: Pick<QueryAnswer, 'query' | 'answer' | 'topic'>;
  /** What is wrong with it. */
  readonly problem: string;
}

/** The outcome of one check. */
export interface PairCheck {
  /** Pairs that were checked. */
  readonly pairs: number;
  /** Those of them with a fault. */
  readonly faults: number;
  /** The first of these. */
  readonly findings: readonly PairFinding[];
}

/** The outcomes of all checks of pairs. */
export interface PairChecks {
  /** Whether answers of D_uqa mention what only the time after the reference knows. */
  readonly uqaLeakage: PairCheck;
  /** Whether answers of D_future stand in profiles. */
  readonly futureLeakage: PairCheck;
  /** Whether numbers and names of answers are in the facts; of template answers alone. */
  readonly grounding?: PairCheck;
}

const maxFindings = 20;

const createCheck = () => {
  let [pairs, faults] = [0, 0];
  const findings: PairFinding[] = [];
  return {
    add: (pair: PairFinding['pair'], problem: string | undefined): void => {
      pairs++;
      if (problem === undefined) return;
      faults++;
      if (findings.length < maxFindings) findings.push({ pair: withoutUser(pair), problem });
    },
    outcome: (): PairCheck => ({ pairs, faults, findings }),
  };
};

/** Tells reference points apart. */
export const keyOf = ({
  userId,
  referenceDays,
}: {
  userId: string;
  referenceDays: number;
}): string => `${referenceDays} ${userId}`;

/** A pair that doesn't say whose it is. */
export const withoutUser = ({
  query,
  answer,
  topic,
}: PairFinding['pair']): PairFinding['pair'] => ({
  query,
  answer,
  ...(topic === undefined ? {} : { topic }),
});

/** Checks the pairs of some reference points against what is recorded of them. */
export async function checkPairs(
  dataset: Dataset,
  input: {
    readonly checked: readonly SplitReference[];
    readonly topics: readonly LifeTopic[];
    readonly scales: PairScales;
    readonly summary: PairsSummary;
    readonly signal: AbortSignal | undefined;
    readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
  },
): Promise<PairChecks> {
  const { checked, topics, scales, summary, signal, onProgress } = input;
  const { windowDays, modalityWords } = dataset.info;
  const pairsOf = new Map(checked.map((reference) => [keyOf(reference), [] as UserPair[]]));
  for await (const batch of dataset.pairs(signal === undefined ? {} : { signal })) {
    for (const pair of batch) pairsOf.get(keyOf(pair))?.push(pair);
  }
  const isTemplate = summary.annotator.name === 'template';
  const grounding = createGrounding({
    windowDays,
    topics,
    scale: scales.profile,
    modalityWords,
  });
  const checks = { uqa: createCheck(), future: createCheck(), grounding: createCheck() };
  const topicNames = new Map(topics.map(({ id, name }) => [id, name]));
  let done = 0;
  // As far ahead as the profile reaches back: horizons are shorter than that.
  const reading = { toDays: windowDays, batchSize: maxReferencesAtOnce, signal };
  for await (const batch of referenceBatches(dataset, checked, reading)) {
    for (const { profile, past, later } of batch) {
      const names = laterNames(profile, { past, later });
      const checker = grounding(profile, past);
      for (const pair of pairsOf.get(keyOf(profile)) ?? []) {
        if (pair.source === 'future') {
          const isThere = isInProfile(pair.answer, profile);
          checks.future.add(pair, isThere ? 'stands in the profile' : undefined);
          continue;
        }
        const leaked = leakedName(pair, {
          laterNames: names,
          topicName: topicNames.get(pair.topic ?? ''),
          deniesInTemplates: isTemplate,
        });
        checks.uqa.add(pair, leaked && `mentions ${leaked}, which comes after the reference`);
        if (!isTemplate) continue;
        const { numbers, names: unknown } = checker.check(pair);
        const parts = [...numbers, ...unknown];
        checks.grounding.add(
          pair,
          parts.length === 0 ? undefined : `states ${parts.join(', ')}, which no fact has`,
        );
      }
    }
    done += batch.length;
    onProgress({ done, total: checked.length });
  }
  return {
    uqaLeakage: checks.uqa.outcome(),
    futureLeakage: checks.future.outcome(),
    ...(isTemplate ? { grounding: checks.grounding.outcome() } : {}),
  };
}

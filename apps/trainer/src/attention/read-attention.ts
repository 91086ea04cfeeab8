import type { Engine } from '@q-anchor/backend';
import { eventCount } from '@q-anchor/core';
import { topEvents, type OpenedModel, type TopEvent } from '@q-anchor/dual-tower';
import { modalityNames } from '@q-anchor/user-tokens';
import type { Dataset, ReferencePoint } from '@q-anchor/useru';

import type { AskedAttention } from './asked-attention.js';
import { createAttentionTally, type AttentionMeans } from './attention-tally.js';
import { createTunedAttentionReader } from './tuned-attention.js';

/** Where attention goes for one question or scenario. */
export interface AttentionOutcome {
  readonly asked: AskedAttention;
  readonly before: AttentionMeans;
  /** Behind tuned prompts. */
  readonly after?: AttentionMeans;
  /** The events of one user that got most. */
  readonly topEvents?: readonly TopEvent[];
}

/** What {@link readAttention} reads. */
export interface ReadAttentionOptions {
  readonly engine: Engine;
  readonly model: OpenedModel;
  /** What is asked, at least one. */
  readonly asked: readonly AskedAttention[];
  /** Users whose shares are averaged, at least one. */
  readonly references: readonly ReferencePoint[];
  /** A user whose events are looked at one by one. */
  readonly user?: ReferencePoint | undefined;
  /** How many of them. */
  readonly count: number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** Users read at a time: enough to put those of like length together. */
const batchUsers = 512;
/** Users a run. */
const runUsers = 32;

/** Reads where attention goes, for each of what is asked. */
export async function readAttention(
  dataset: Dataset,
  options: ReadAttentionOptions,
): Promise<readonly AttentionOutcome[]> {
  const { engine, model, asked, references, user, count, signal } = options;
  const modalities = modalityNames(model.config.users);
  const queries = asked.flatMap(({ before, after }) => [...before, ...(after ?? [])]);
  await using reader = await createTunedAttentionReader(engine, model, queries);
  // Several questions of a scenario go into one tally: its mean is the mean over them too.
  const tallies = asked.map(() => ({
    before: createAttentionTally(modalities),
    after: createAttentionTally(modalities),
  }));
  /** What was read for `queries`, by what was asked. */
  const split = <T>(
    found: readonly T[],
  ): { before: readonly T[]; after: readonly T[] | undefined }[] => {
    let place = 0;
    return asked.map(({ before, after }) => {
      const end = place + before.length;
      const own = {
        before: found.slice(place, end),
        after: after && found.slice(end, end + after.length),
      };
      place = end + (after?.length ?? 0);
      return own;
    });
  };
  let done = 0;
  for await (const profiles of dataset.profiles(references, { batchSize: batchUsers, signal })) {
    const sorted = profiles.toSorted((a, b) => eventCount(a) - eventCount(b));
    for (let start = 0; start < sorted.length; start += runUsers) {
      signal.throwIfAborted();
      const some = sorted.slice(start, start + runUsers);
      for (const found of await reader.read(some)) {
        for (const [i, { before, after }] of split(found).entries()) {
          for (const attention of before) tallies[i]!.before.add(attention);
          for (const attention of after ?? []) tallies[i]!.after.add(attention);
        }
      }
      done += some.length;
      options.onProgress(done, references.length);
    }
  }
  const tops: (readonly TopEvent[])[] = [];
  if (user) {
    for await (const [profile] of dataset.profiles([user], { signal })) {
      const [found] = await reader.read([profile!]);
      tops.push(...split(found!).map((own) => topEvents(profile!, { ...own, count })));
    }
  }
  return asked.map((one, i) => ({
    asked: one,
    before: tallies[i]!.before.means(),
    ...(one.after && { after: tallies[i]!.after.means() }),
    ...(tops[i] && { topEvents: tops[i] }),
  }));
}

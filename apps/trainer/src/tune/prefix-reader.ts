import type { Engine } from '@q-anchor/backend';
import type { OpenedModel } from '@q-anchor/dual-tower';
import { encodePrefixes, type PrefixStore } from '@q-anchor/prompt-tuning';
import type { Dataset, LabelledReference } from '@q-anchor/useru';

import type { CommandContext } from '../context.js';
import type { TuningLabels } from './tuning-labels.js';

/** Reads the prefixes of tuning users, for one scenario after the other. */
export interface PrefixReader {
  /**
   * The users of a split; those that the scenario before had as well are not read again.
   *
   * @param onUsers - called with users read, out of how many
   */
  read(
    split: keyof TuningLabels,
    references: readonly LabelledReference[],
    onUsers: (done: number, total: number) => void,
  ): Promise<PrefixStore>;
}

/** Users of a split that have been read, by their keys. */
interface KnownUsers {
  readonly store: PrefixStore;
  readonly places: ReadonlyMap<string, number>;
}

/** Users read at a time. */
const batchUsers = 512;

const keyOf = ({ userId, referenceDays }: LabelledReference): string =>
  JSON.stringify([userId, referenceDays]);

/** A reader of a dataset's users by a model. */
export function createPrefixReader(
  engine: Engine,
  {
    model,
    dataset,
    context: { signal },
  }: {
    readonly model: OpenedModel;
    readonly dataset: Pick<Dataset, 'profiles'>;
    readonly context: Pick<CommandContext, 'signal'>;
  },
): PrefixReader {
  const known: Partial<Record<keyof TuningLabels, KnownUsers>> = {};
  return {
    async read(split, references, onUsers) {
      const former = known[split];
      const isKnown = (reference: LabelledReference): boolean =>
        former?.places.has(keyOf(reference)) === true;
      // What the scenario does not need is let go.
      const kept = references.filter(isKnown);
      const missing = references.filter((reference) => !isKnown(reference));
      const shared = former?.store.of(kept.map((one) => former.places.get(keyOf(one))!));
      const store =
        shared && missing.length === 0
          ? shared
          : await encodePrefixes(engine, {
              model,
              profiles: dataset.profiles(missing, { batchSize: batchUsers, signal }),
              ...(shared && { into: shared }),
              onProgress: (users) => onUsers(users - kept.length, missing.length),
              signal,
            });
      signal.throwIfAborted();
      const places = new Map([...kept, ...missing].map((one, place) => [keyOf(one), place]));
      known[split] = { store, places };
      return store.of(references.map((one) => places.get(keyOf(one))!));
    },
  };
}

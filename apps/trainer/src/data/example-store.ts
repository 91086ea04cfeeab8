import type { QueryAnswer, UserEvent, UserProfile } from '@q-anchor/core';
import type { ExampleSource, TrainingExample } from '@q-anchor/dual-tower';

import { createTextTable } from './text-table.js';

/** Examples in memory, packed; each is unpacked when asked for. */
export interface ExampleStore {
  /** How many there are. */
  readonly count: number;
  /** Takes a user and its pairs. */
  add(profile: UserProfile, pairs: readonly QueryAnswer[]): void;
  /** The profile of one. */
  profile(index: number): UserProfile;
  /** The pairs of one. */
  pairs(index: number): readonly QueryAnswer[];
  /** Number of events of one. */
  events(index: number): number;
}

interface PackedEvents {
  readonly times: Float64Array;
  readonly texts: Uint32Array;
  /** NaN where an event has none. */
  readonly values: Float64Array;
}

interface PackedExample {
  readonly profile: Omit<UserProfile, 'events'>;
  readonly events: readonly (readonly [modality: string, events: PackedEvents])[];
  readonly pairs: readonly QueryAnswer[];
}

/**
 * An empty store. Events are columns of numbers, their texts kept once: an event takes 20 bytes
 * instead of an object, so that some ten million fit beside a training run.
 */
export function createExampleStore(): ExampleStore {
  const table = createTextTable();
  const examples: PackedExample[] = [];

  const packed = (events: readonly UserEvent[]): PackedEvents => ({
    times: Float64Array.from(events, ({ timeDays }) => timeDays),
    texts: Uint32Array.from(events, ({ text }) => table.idOf(text)),
    values: Float64Array.from(events, ({ value }) => value ?? Number.NaN),
  });
  const unpacked = ({ times, texts, values }: PackedEvents): UserEvent[] =>
    Array.from(times, (timeDays, i) => {
      const text = table.textOf(texts[i]!);
      const value = values[i]!;
      return Number.isNaN(value) ? { timeDays, text } : { timeDays, text, value };
    });

  return {
    get count() {
      return examples.length;
    },
    add({ events, ...profile }, pairs) {
      const modalities = Object.entries(events).map(
        ([name, list]) => [name, packed(list)] as const,
      );
      examples.push({ profile, events: modalities, pairs });
    },
    profile(index) {
      const { profile, events } = examples[index]!;
      const unpackedEvents = events.map(([name, list]) => [name, unpacked(list)] as const);
      return { ...profile, events: Object.fromEntries(unpackedEvents) };
    },
    pairs: (index) => examples[index]!.pairs,
    events: (index) =>
      examples[index]!.events.reduce((sum, [, { times }]) => sum + times.length, 0),
  };
}

/** A store as a source of training batches. */
export function storeSource(store: ExampleStore): ExampleSource {
  return {
    count: store.count,
    lengthOf: (index) => store.events(index),
    load: async (indices) =>
      indices.map((index): TrainingExample => ({
        profile: store.profile(index),
        pairs: store.pairs(index),
      })),
  };
}

/**
 * The profiles of a store.
 *
 * @yields one after the other
 */
export function* storedProfiles(store: ExampleStore): Generator<UserProfile> {
  for (let index = 0; index < store.count; index++) yield store.profile(index);
}

import { QAnchorError } from '@q-anchor/core';

import type { EventStore } from './stream-consumer.js';
import type { StreamEvent } from './stream-event.js';

/** An event of a user's modality. */
export type EventOfUser = Omit<StreamEvent, 'userId' | 'modality'>;

/** Events of one user by modality, as `@q-anchor/kv-serving` takes them. */
export type EventsByModality = Readonly<Record<string, readonly EventOfUser[]>>;

/** What takes users and their events in: a serving of `@q-anchor/kv-serving`, or its durable users. */
export interface EventUsers {
  /** Begins a user. */
  putUser(profile: {
    readonly userId: string;
    readonly events: EventsByModality;
    readonly tabular: Readonly<Record<string, never>>;
  }): unknown;
  /** Takes events in; an id that is there already changes nothing. */
  appendEvents(userId: string, events: EventsByModality): unknown;
}

/**
 * A store that gives events to users, and begins those who are not there with what came.
 *
 * @param users - where to; settles once it is safe
 */
export const userEventStore =
  (users: EventUsers): EventStore =>
  async (events) => {
    const byUser = new Map<string, Record<string, EventOfUser[]>>();
    for (const { userId, modality, ...event } of events) {
      const own = byUser.get(userId) ?? {};
      byUser.set(userId, own);
      (own[modality] ??= []).push(event);
    }
    const outcomes = await Promise.allSettled(
      [...byUser].map(async ([userId, own]) => {
        try {
          await users.appendEvents(userId, own);
        } catch (error) {
          if (!QAnchorError.isInstance(error) || error.code !== 'UNKNOWN_USER') throw error;
          await users.putUser({ userId, events: own, tabular: {} });
        }
      }),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  };

import { InputError, type TabularValue, type UserEvent, type UserProfile } from '@q-anchor/core';
import type { UserTokensConfig } from '@q-anchor/user-tokens';

import { checkEvents, checkProfile } from './check-profile.js';
import { emptyWindow, extendedWindow, seenEvents, type EventWindow } from './event-window.js';
import type { KeptUser, KeptWindow } from './kept-user.js';
import type { EventCounts, ServedEvents, ServedProfile } from './served-event.js';
import { UnknownUserError } from './unknown-user-error.js';

/** Modalities with their caps, and the days of history: what is kept of users, or seen of them. */
export type Retention = Pick<UserTokensConfig, 'modalities' | 'windowDays'>;

/** What is known of users, in memory. */
export interface UserStore {
  /** How many users there are. */
  readonly count: number;
  /** Their ids, in the order in which they were first put. */
  ids(): string[];
  /** Replaces all that is known of a user. */
  put(profile: ServedProfile): EventCounts;
  /** Takes further events in. */
  append(userId: string, events: ServedEvents): EventCounts;
  /** Forgets a user; whether there was one. */
  delete(userId: string): boolean;
  /** A token of a user's state: another one after each change, undefined without the user. */
  version(userId: string): object | undefined;
  /** All users with all that is kept of them, as they are at the call; made one by one as they are taken. */
  kept(): Iterable<KeptUser>;
  /** Puts a user as it was kept; what no later reference time sees is let go. */
  restore(user: KeptUser): void;
  /** A user as a reference time and a model's caps see it. */
  profile(
    userId: string,
    options: { readonly referenceDays: number; readonly seen: Retention },
  ): UserProfile;
}

interface UserRecord {
  readonly windows: ReadonlyMap<string, EventWindow>;
  readonly tabular: Readonly<Record<string, TabularValue>>;
}

/**
 * An empty store.
 *
 * @param options - what is kept; the reference time now, which never goes back
 */
export function createUserStore(options: {
  readonly retention: Retention;
  readonly referenceDays: () => number;
}): UserStore {
  const { retention, referenceDays } = options;
  const records = new Map<string, UserRecord>();
  const names = new Set(retention.modalities.map(({ name }) => name));

  const recordOf = (userId: string): UserRecord => {
    const record = records.get(userId);
    if (!record) throw new UnknownUserError(userId);
    return record;
  };
  const extend = (
    { windows, tabular }: UserRecord,
    events: ServedEvents,
  ): { readonly record: UserRecord; readonly counts: EventCounts } => {
    const next = new Map(windows);
    let [added, duplicates, outside] = [0, 0, 0];
    for (const { name, maxEvents } of retention.modalities) {
      // Copies: what the caller does to its events afterwards must not reach a window.
      const given = (events[name] ?? []).map((event) => ({ ...event }));
      const { window, counts } = extendedWindow(windows.get(name) ?? emptyWindow, given, {
        maxEvents,
        windowDays: retention.windowDays,
        referenceDays: referenceDays(),
      });
      next.set(name, window);
      added += counts.added;
      duplicates += counts.duplicates;
      outside += counts.outside;
    }
    return { record: { windows: next, tabular }, counts: { added, duplicates, outside } };
  };

  return {
    get count() {
      return records.size;
    },
    ids: () => [...records.keys()],
    put(profile) {
      checkProfile(profile, names);
      const empty = { windows: new Map(), tabular: { ...profile.tabular } };
      const { record, counts } = extend(empty, profile.events);
      records.set(profile.userId, record);
      return counts;
    },
    append(userId, events) {
      const before = recordOf(userId);
      checkEvents(events, names);
      const { record, counts } = extend(before, events);
      if (counts.added + counts.outside > 0) records.set(userId, record);
      return counts;
    },
    delete: (userId) => records.delete(userId),
    version: (userId) => records.get(userId),
    kept() {
      // Records are replaced, never changed: these stay as they are while others come.
      const now = [...records];
      return (function* keptUsers() {
        for (const [userId, record] of now) yield keptUser(userId, record);
      })();
    },
    restore({ userId, tabular, windows }) {
      const lists = Object.entries(windows).map(([name, { events }]) => [name, events] as const);
      const profile = { userId, tabular, events: Object.fromEntries(lists) };
      checkProfile(profile, names);
      const exact = Object.entries(windows).map(
        ([name, { exactFromDays }]) =>
          [name, { ...emptyWindow, exactFromDays: exactFromDays ?? -Infinity }] as const,
      );
      const before = { windows: new Map(exact), tabular: { ...tabular } };
      records.set(userId, extend(before, profile.events).record);
    },
    profile(userId, { referenceDays: at, seen }) {
      const { windows, tabular } = recordOf(userId);
      const events = seen.modalities.map(({ name, maxEvents }): [string, UserEvent[]] => {
        const window = windows.get(name) ?? emptyWindow;
        if (at < window.exactFromDays) {
          throw new InputError({
            where: `user "${userId}", reference time`,
            expected: `day ${window.exactFromDays} or later, up to when older ${name} events are kept`,
            found: `day ${at}`,
            fix: 'Ask for a later time; for a past of its own, inject a clock (nowDays) that stands there',
          });
        }
        const size = { maxEvents, windowDays: seen.windowDays, referenceDays: at };
        const kept = seenEvents(window, size);
        return [
          name,
          kept.map(({ timeDays, text, value }) => ({
            timeDays,
            text,
            ...(value !== undefined && { value }),
          })),
        ];
      });
      return {
        userId,
        referenceDays: at,
        events: Object.fromEntries(events),
        tabular: { ...tabular },
      };
    },
  };
}

function keptUser(userId: string, { windows, tabular }: UserRecord): KeptUser {
  const kept = [...windows].map(([name, { events, exactFromDays }]): [string, KeptWindow] => [
    name,
    { events, exactFromDays: exactFromDays === -Infinity ? null : exactFromDays },
  ]);
  return { userId, tabular, windows: Object.fromEntries(kept) };
}

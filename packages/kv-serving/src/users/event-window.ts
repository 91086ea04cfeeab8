import { compareEvents, eventIdentity } from './event-order.js';
import type { EventCounts, ServedEvent } from './served-event.js';

/** What of a modality's events is kept. */
export interface WindowSize {
  /** The newest this many before the reference time. */
  readonly maxEvents: number;
  /** Those of this many days before the reference time. */
  readonly windowDays: number;
}

/** A modality's kept events of one user; never changed, but replaced. */
export interface EventWindow {
  /** In order. Events after the last reference time are among them: their time will come. */
  readonly events: readonly ServedEvent[];
  /**
   * The latest reference time at which an event was let go. From then on the window is exact; a request
   * before it might have seen that event.
   */
  readonly exactFromDays: number;
}

/** A window with nothing in it yet. */
export const emptyWindow: EventWindow = { events: [], exactFromDays: -Infinity };

/**
 * A window with further events. What is let go at a reference time r, because it is older than r minus
 * the window or there are `maxEvents` newer ones before r, no later reference time would see: time only
 * moves on, and events only come. So late events, in any order, give what sorted ones give.
 *
 * @param window - the window so far
 * @param given - new events, in any order
 * @param options - the reference time now, caps
 */
export function extendedWindow(
  window: EventWindow,
  given: readonly ServedEvent[],
  options: WindowSize & { readonly referenceDays: number },
): { readonly window: EventWindow; readonly counts: EventCounts } {
  const { maxEvents, windowDays, referenceDays } = options;
  const known = new Set(window.events.map(eventIdentity));
  const fresh = new Set<ServedEvent>();
  for (const event of given) {
    const identity = eventIdentity(event);
    if (known.has(identity)) continue;
    known.add(identity);
    fresh.add(event);
  }
  const all = [...window.events, ...fresh].toSorted(compareEvents);
  const past = all.filter(({ timeDays }) => timeDays < referenceDays).length;
  const young = all.filter(({ timeDays }) => timeDays >= referenceDays - windowDays).length;
  const events = all.slice(Math.max(0, all.length - young, past - maxEvents));
  const added = events.filter((event) => fresh.has(event)).length;
  return {
    window: {
      events,
      exactFromDays: events.length < all.length ? referenceDays : window.exactFromDays,
    },
    counts: {
      added,
      duplicates: given.length - fresh.size,
      outside: fresh.size - added,
    },
  };
}

/**
 * Events that a reference time sees: the newest `maxEvents` of `[reference - windowDays, reference)`.
 *
 * @param window - the window
 * @param options - reference time, caps
 */
export function seenEvents(
  { events }: EventWindow,
  options: WindowSize & { readonly referenceDays: number },
): readonly ServedEvent[] {
  const { maxEvents, windowDays, referenceDays } = options;
  const seen = events.filter(
    ({ timeDays }) => timeDays < referenceDays && timeDays >= referenceDays - windowDays,
  );
  return seen.slice(Math.max(0, seen.length - maxEvents));
}

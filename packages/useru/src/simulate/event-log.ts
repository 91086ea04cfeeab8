import { byModality, type SimulatedModality } from './vocabulary/modalities.js';

/** One simulated event. */
interface SimulatedEvent {
  /** Days since the start of the simulation, a Monday. */
  readonly timeDays: number;
  readonly text: string;
  readonly category: string;
  /** What was paid, if anything. */
  readonly value?: number;
}

/** Where the events of one person go. */
export interface EventLog {
  /** Events by modality. */
  readonly events: Readonly<Record<SimulatedModality, SimulatedEvent[]>>;
  /** Keeps an event, unless its modality has no record or its time lies outside the simulation. */
  add(modality: SimulatedModality, event: SimulatedEvent): void;
}

/** An empty log of `days` days. */
export function createEventLog(days: number, hidden: ReadonlySet<SimulatedModality>): EventLog {
  const events = byModality((): SimulatedEvent[] => []);
  return {
    events,
    add(modality, { timeDays, text, category, value }) {
      if (hidden.has(modality) || timeDays < 0 || timeDays >= days) return;
      events[modality].push({
        timeDays: Math.floor(timeDays * 1e4) / 1e4,
        text,
        category,
        ...(value === undefined ? {} : { value: Math.max(0.5, Math.round(value * 100) / 100) }),
      });
    },
  };
}

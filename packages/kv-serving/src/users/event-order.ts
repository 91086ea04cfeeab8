import type { ServedEvent } from './served-event.js';

/** Texts by their UTF-8 bytes, the order of dataset files. */
const compareTexts = (a: string, b: string): number =>
  a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));

/**
 * The order of a modality's events: time, then text, value (none last) and id. The first three are the
 * order of a dataset's files, so that served users equal those of a dataset; arrival plays no part.
 */
export function compareEvents(a: ServedEvent, b: ServedEvent): number {
  return (
    a.timeDays - b.timeDays ||
    compareTexts(a.text, b.text) ||
    compareValues(a.value, b.value) ||
    compareTexts(a.id ?? '', b.id ?? '')
  );
}

function compareValues(a: number | undefined, b: number | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  return b === undefined ? -1 : a - b;
}

/** What makes an event the same as another of its modality: its id, or without one its content. */
export const eventIdentity = ({ id, timeDays, text, value }: ServedEvent): string =>
  id === undefined ? `c${timeDays},${value ?? ''},${text}` : `i${id}`;

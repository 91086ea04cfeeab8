import type { TabularValue } from '@q-anchor/core';

import type { ServedEvent } from './served-event.js';

/** A modality's kept events of a user. */
export interface KeptWindow {
  /** In order, those whose time is to come among them. */
  readonly events: readonly ServedEvent[];
  /** The earliest reference time, in days, that they answer exactly; null where nothing was let go yet. */
  readonly exactFromDays: number | null;
}

/** All that is kept of a user, as it was at one moment: plain values, which JSON carries. */
export interface KeptUser {
  /** The user's id. */
  readonly userId: string;
  /** Profile features by column name. */
  readonly tabular: Readonly<Record<string, TabularValue>>;
  /** Events by modality. */
  readonly windows: Readonly<Record<string, KeptWindow>>;
}

/** An event of one user, as a stream brings it. */
export interface StreamEvent {
  /** Whose it is. */
  readonly userId: string;
  /** Its modality. */
  readonly modality: string;
  /** Its id within user and modality: an event that comes again has the same one, and counts once. */
  readonly id: string;
  /** When it happened, in days on the users' axis. */
  readonly timeDays: number;
  /** Its text. */
  readonly text: string;
  /** Its number, if it has one. */
  readonly value?: number;
}

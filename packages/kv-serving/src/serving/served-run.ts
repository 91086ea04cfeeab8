/** What one run of the engine did. */
export interface ServedRun {
  /** Requests, or parts of large ones. */
  readonly parts: number;
  /** Prefixes they were behind: users, and adapters that read them. */
  readonly prefixes: number;
  /** Queries and scenarios. */
  readonly queries: number;
  /** How long it took. */
  readonly seconds: number;
}

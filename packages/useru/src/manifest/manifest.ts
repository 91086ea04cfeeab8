/** A value of a reader option: DuckDB's own option values, written in YAML. */
export type SourceOption =
  | string
  | number
  | boolean
  | readonly SourceOption[]
  | { readonly [key: string]: SourceOption };

/** The formats a source can have. */
export type SourceFormat = 'csv' | 'json' | 'parquet';

/** Files that SQL reads under one name. */
export interface FileSource {
  /** A file, a folder or a glob, relative to the manifest or to the data folder given at import. */
  readonly path: string;
  /** Told from the file's ending where it is left out. */
  readonly format?: SourceFormat;
  /** Options of DuckDB's reader for that format, e.g. `delim`, `dateformat`, `nullstr`, `filename`. */
  readonly options: Readonly<Record<string, SourceOption>>;
}

/** A table or query of a PostgreSQL server, copied once at import. */
export interface PostgresSource {
  /** The server's address `postgres://user@host:port/database`, or `env:NAME` of a variable with it. */
  readonly postgres: string;
  /** The table or view, `table` or `schema.table`, in the server's own spelling. */
  readonly table?: string;
  /** One query in the server's SQL, run read-only, in the place of `table`. */
  readonly query?: string;
}

/** What SQL reads under one name. */
export type ManifestSource = FileSource | PostgresSource;

/** One kind of events and where they come from. */
export interface ManifestModality {
  /** The newest this many events of a profile are kept. */
  readonly maxEvents: number;
  /** The first this many text tokens of an event are kept. */
  readonly maxTokens: number;
  /** What questions and answers call it, e.g. `payments`; its name where it is left out. */
  readonly words?: string | undefined;
  /** Whether its events never leave this machine: no annotator sends them anywhere. */
  readonly private: boolean;
  /** Gives `user_id`, `time`, `text` and, if it has them, `value` (a number) and `category` (a word). */
  readonly sql: string;
}

/** A business question and where its labels come from. */
export interface ManifestScenario {
  /** The kind of use, e.g. `risk`. */
  readonly domain: string;
  /** The anchor queries, at least one and all different; their embeddings are averaged. */
  readonly queries: readonly string[];
  /** Gives `user_id`, `reference_time` and `label` (0 or 1). */
  readonly sql: string;
}

/**
 * How anyone's files become users, events and labels: SQL over named sources.
 *
 * The sections are computed in the order sources, tables, references, modalities, tabular, actions,
 * scenarios. SQL may read every source and table by name, and of the earlier sections the views
 * `reference_points` (user_id, reference_time, split), `events_NAME` (user_id, time, text, value,
 * category), `tabular_features` and `user_actions` (user_id, time, modality, category, value).
 */
export interface Manifest {
  /** The dataset's name. */
  readonly name: string;
  /** How many days before its reference time a profile reaches back. */
  readonly windowDays: number;
  /** The files and database tables, by the name SQL knows them under. */
  readonly sources: Readonly<Record<string, ManifestSource>>;
  /** Intermediate results, each computed once, in order, for the SQL after it. */
  readonly tables: Readonly<Record<string, { readonly sql: string }>>;
  /**
   * Who is known until when, and in which split: `user_id`, `reference_time`, `split`; optionally
   * `observed_until`, where later actions are recorded only up to some time, and `fold`, a group of
   * users like those that a model will meet later (a month, a shop): probes choose their strength by
   * leaving out one fold of the train and validation users after the other.
   */
  readonly references: { readonly sql: string };
  /** The kinds of events by name. */
  readonly modalities: Readonly<Record<string, ManifestModality>>;
  /**
   * Profile features: `user_id`, optionally `reference_time`, and one column a feature. `private`
   * names the columns that never leave this machine, or is true for all of them.
   */
  readonly tabular?: { readonly sql: string; readonly private: boolean | readonly string[] };
  /**
   * The categorised facts that later actions and profile facts are computed from: `user_id`, `time`,
   * `category`, optionally `modality` (else `action`) and `value`. Where it is left out: all events,
   * under their `category`, or their text if they have none.
   */
  readonly actions?: { readonly sql: string };
  /** The business questions by name. */
  readonly scenarios: Readonly<Record<string, ManifestScenario>>;
}

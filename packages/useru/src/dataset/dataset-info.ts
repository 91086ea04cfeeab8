import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError, type Modality, type Scenario, type Split } from '@q-anchor/core';
import { z } from 'zod';

import type { ModalityWords } from '../future/modality-words.js';
import { queriesSchema, writtenQueries } from '../manifest/queries.js';

/** The version of the directory's layout that this package reads and writes. */
export const datasetFormatVersion = 2;

/** What an import kept of one section, and what it left out. */
export interface SectionCounts {
  /** Rows kept. */
  readonly rows: number;
  /** Users among them. */
  readonly users: number;
  /** Rows left out, by reason: `withoutText`, `withoutCategory`, `withoutReference`. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Events at a time at which their user already has one of the modality; they are kept. */
  readonly repeatedTimes?: number;
}

/** Labels of one split. */
export interface LabelCounts {
  /** Labelled (user, reference time) points. */
  readonly users: number;
  /** Those with label 1. */
  readonly positives: number;
}

/** A profile feature. */
export interface TabularColumn {
  /** Its name. */
  readonly name: string;
  /** A number, or a word out of several. */
  readonly kind: 'numeric' | 'category';
}

/**
 * What a dataset directory holds: the content of its `dataset.json`, where a scenario's `queries` are
 * its `query`, one question or a list.
 */
export interface DatasetInfo {
  /** The dataset's name. */
  readonly name: string;
  /** Version of the directory's layout. */
  readonly formatVersion: number;
  /** How many days before its reference time a profile reaches back. */
  readonly windowDays: number;
  /** The kinds of events, in the manifest's order. */
  readonly modalities: readonly Modality[];
  /** What texts call modalities, where the manifest says; absent where it says nothing. */
  readonly modalityWords?: ModalityWords;
  /** The labelled business questions, in the manifest's order. */
  readonly scenarios: readonly Scenario[];
  /** Profile features; empty where the dataset has none. */
  readonly tabular: {
    /** The features, in the order of the SQL. */
    readonly columns: readonly TabularColumn[];
    /** Whether they depend on the reference time, or on the user alone. */
    readonly byReference: boolean;
  };
  /** What the manifest marks `private`: no annotator sends it anywhere. Absent where nothing is. */
  readonly private?: {
    /** Modalities, whole. */
    readonly modalities: readonly string[];
    /** Profile features. */
    readonly columns: readonly string[];
  };
  /** Rows, users and skips. */
  readonly counts: {
    /** Reference points by split. */
    readonly references: Readonly<Partial<Record<Split, number>>>;
    /** Users that have a reference point. */
    readonly users: number;
    /** Users among them without any event; they are kept. */
    readonly usersWithoutEvents: number;
    /** Events by modality. */
    readonly events: Readonly<Record<string, SectionCounts>>;
    /** Categorised actions. */
    readonly actions: SectionCounts;
    /** Rows of profile features, where the dataset has any. */
    readonly tabular?: SectionCounts;
    /** Labels by scenario and split. */
    readonly labels: Readonly<Record<string, Readonly<Partial<Record<Split, LabelCounts>>>>>;
  };
  /** SHA-256 of the content: equal for equal datasets, whatever machine made them. */
  readonly digest: string;
}

/** What `dataset.json` says of what is known of a dataset. */
export const storedInfo = <Known extends Pick<DatasetInfo, 'scenarios'>>(
  known: Known,
): Omit<Known, 'scenarios'> & { readonly scenarios: readonly object[] } => ({
  ...known,
  scenarios: known.scenarios.map(({ queries, ...rest }) => ({
    ...rest,
    query: writtenQueries(queries),
  })),
});

const header = z.object({ formatVersion: z.number(), name: z.string(), digest: z.string() });

const storedScenarios = z.object({
  scenarios: z.array(
    z
      .object({ name: z.string(), domain: z.string(), query: queriesSchema })
      .transform(({ query, ...rest }): Scenario => ({ ...rest, queries: query })),
  ),
});

/**
 * Reads a dataset directory's `dataset.json`.
 *
 * @throws {@link @q-anchor/core#InputError} if the folder is no dataset, or one of another version
 */
export async function readDatasetInfo(directory: string): Promise<DatasetInfo> {
  const path = join(directory, 'dataset.json');
  const problem = (found: string, cause?: unknown): InputError =>
    new InputError(
      {
        where: directory,
        expected: `a dataset directory of format version ${datasetFormatVersion}`,
        found,
        fix: 'Make one by importing a manifest',
      },
      { cause },
    );
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw problem('no readable dataset.json', error);
  }
  const parsed = header.safeParse(content);
  if (!parsed.success) throw problem('a dataset.json without name, version or digest');
  if (parsed.data.formatVersion !== datasetFormatVersion) {
    throw problem(`format version ${parsed.data.formatVersion}`);
  }
  const stored = storedScenarios.safeParse(content);
  if (!stored.success) throw problem('scenarios without name, domain or query', stored.error);
  return { ...(content as DatasetInfo), scenarios: stored.data.scenarios };
}

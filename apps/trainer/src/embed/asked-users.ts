import type { Split } from '@q-anchor/core';
import type { OpenedModel } from '@q-anchor/dual-tower';
import { openDataset, type Dataset, type SplitReference } from '@q-anchor/useru';

import { openRun, requireFittingDataset } from '../run/open-run.js';
import { scenarioArtefacts } from '../scenarios/artefacts.js';
import { embeddingQueries, type EmbeddingQuery } from './embedding-queries.js';

/** The options that say what is asked of whom. */
export interface AskedOptions {
  readonly data: string;
  readonly query?: readonly string[];
  readonly scenario?: readonly string[];
  readonly untuned?: true;
  readonly split?: Split;
}

/** A model, users, and what is asked of them. */
export interface AskedUsers extends AsyncDisposable {
  readonly model: OpenedModel;
  readonly dataset: Dataset;
  /** What is asked, at least one. */
  readonly asked: readonly EmbeddingQuery[];
  /** Reference points by user and time. */
  references(): Promise<readonly SplitReference[]>;
}

/**
 * Opens a run and a dataset for embedding.
 *
 * @throws {@link @q-anchor/core#InputError} if they don't fit, or nothing is asked
 */
export async function openAskedUsers(run: string, options: AskedOptions): Promise<AskedUsers> {
  const { split, scenario: names = [] } = options;
  const { model, directory } = await openRun(run);
  const dataset = await openDataset(options.data);
  try {
    requireFittingDataset(model, dataset.info);
    const artefacts =
      options.untuned === true
        ? new Map<never, never>()
        : await scenarioArtefacts({ model, directory }, names);
    return {
      model,
      dataset,
      asked: embeddingQueries(dataset.info.scenarios, {
        queries: options.query ?? [],
        names,
        artefacts,
      }),
      references: () => dataset.references(split === undefined ? {} : { splits: [split] }),
      [Symbol.asyncDispose]: () => dataset[Symbol.asyncDispose](),
    };
  } catch (error) {
    await dataset[Symbol.asyncDispose]();
    throw error;
  }
}

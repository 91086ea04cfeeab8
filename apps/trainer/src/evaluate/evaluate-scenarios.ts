import type { LoadedScenario } from '@q-anchor/prompt-tuning';
import pMap from 'p-map';

import type { BaselineName } from './baselines/baseline-names.js';
import type { EmbeddedUsers } from './embed-users.js';
import type { EvaluatedScenario, EvaluationSet } from './evaluation-set.js';
import type { EvaluationRow } from './rows/evaluation-row.js';
import type { PlacedFeatures } from './rows/placed-features.js';
import { prototypeRow } from './rows/prototype-row.js';
import { rowFeatures, type ScenarioFeatures } from './rows/row-features.js';
import { isBaseline, rowNames, type RowName } from './rows/row-names.js';
import { rowTask } from './rows/row-task.js';
import type { RowSolver } from './threads/row-threads.js';

/** A scenario's rows; those that were not run are left out. */
export interface ScenarioEvaluation {
  readonly scenario: EvaluatedScenario;
  readonly rows: Readonly<Partial<Record<RowName, EvaluationRow>>>;
}

/** The lists of questions that an evaluation embeds: none asked, then each scenario's. */
export const evaluationQueries = (
  set: Pick<EvaluationSet, 'scenarios'>,
): readonly (readonly string[])[] => [[''], ...set.scenarios.map(({ queries }) => queries)];

/** How rows are made. */
interface RowOptions {
  readonly solver: RowSolver;
  readonly seed: number;
  readonly resamples: number;
}

/**
 * Evaluates embeddings: for each scenario a probe on the embeddings for its queries, for no query, of
 * the untrained encoder for its queries, and on the profile's own columns; where it was tuned, the same
 * probe on the tuned embeddings, the paper's protocol, and beside it the prototypes' own score. Side by
 * side are a user's embeddings for the questions of all scenarios, in one row of features.
 *
 * @param set - labels
 * @param options - embeddings for {@link evaluationQueries} by trained and, second, untrained parameters
 * @throws the signal's reason if it is aborted
 */
export async function evaluateScenarios(
  set: EvaluationSet,
  options: RowOptions & {
    readonly embedded: EmbeddedUsers;
    /** Artefacts by scenario, in the order of the tuned embeddings. */
    readonly artefacts: ReadonlyMap<string, LoadedScenario>;
    /** Features of baselines that were asked for. */
    readonly baselines?: Readonly<Partial<Record<BaselineName, PlacedFeatures>>>;
    /** Whether a row is made; baselines always are. */
    readonly isWanted: (row: RowName) => boolean;
    readonly signal?: AbortSignal;
    /** Called with the number of rows that are done, and of all. */
    readonly onProgress: (done: number, total: number) => void;
  },
): Promise<readonly ScenarioEvaluation[]> {
  const { solver, isWanted, onProgress, signal } = options;
  const features = rowFeatures(set, options);
  const makers = set.scenarios.map((scenario, index) =>
    rowMaker(scenario, {
      ...options,
      features: features[index]!,
    }),
  );
  const wanted = makers.flatMap((maker, index) =>
    rowNames
      .filter((name) => (isBaseline(name) || isWanted(name)) && maker.canMake(name))
      .map((name) => ({ index, maker, name })),
  );
  let done = 0;
  const rows = await pMap(
    wanted,
    async ({ index, maker, name }) => {
      const row = await maker.make(name);
      onProgress(++done, wanted.length);
      return { index, name, row };
    },
    { concurrency: solver.lanes, ...(signal && { signal }) },
  );
  return set.scenarios.map((scenario, own) => ({
    scenario,
    rows: Object.fromEntries(
      rows.filter(({ index }) => index === own).map(({ name, row }) => [name, row]),
    ),
  }));
}

/** Makes a scenario's rows, each once. */
function rowMaker(
  scenario: EvaluatedScenario,
  options: RowOptions & { readonly features: ScenarioFeatures },
): {
  readonly canMake: (name: RowName) => boolean;
  readonly make: (name: RowName) => Promise<EvaluationRow>;
} {
  const { solver, features, seed, resamples } = options;
  const { rows, tuned } = features;
  const made = new Map<RowName, Promise<EvaluationRow>>();
  const isPrototype = (name: RowName): boolean =>
    tuned !== undefined && name === `${tuned.row}Prototype`;
  const fit = async (name: RowName): Promise<EvaluationRow> => {
    const own = rows[name]!;
    const isTuned = tuned !== undefined && name.startsWith(tuned.row);
    const task = {
      features: own,
      model: name === 'gradientBoostedTrees' ? 'trees' : 'probe',
      foldStrength: isTuned ? (await make(untunedOf(name))).strength : undefined,
      seed,
      resamples,
    } as const;
    return { ...(await solver.solve(rowTask(scenario, task))), features: own };
  };
  const make = (name: RowName): Promise<EvaluationRow> => {
    const row =
      made.get(name) ??
      (isPrototype(name)
        ? Promise.resolve(prototypeRow(scenario, { ...tuned!, seed, resamples }))
        : fit(name));
    made.set(name, row);
    return row;
  };
  return { canMake: (name) => isPrototype(name) || rows[name] !== undefined, make };
}

/** The row whose strength a tuned one takes. */
const untunedOf = (tunedRow: RowName): RowName =>
  tunedRow.endsWith('SideBySide') ? 'querySideBySide' : 'query';

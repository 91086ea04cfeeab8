import type { Engine } from '@q-anchor/backend';
import { InputError, ShapeError } from '@q-anchor/core';
import { embeddingSize, type StoragePrecision } from '@q-anchor/dual-tower';
import { adaptedModel, modelIdentity, type LoadedScenario } from '@q-anchor/prompt-tuning';

import { createReader, type KeyedModel, type Reader } from './reader.js';

/** A scenario that can be scored, and what reads its prefixes. */
export interface ServedScenario {
  /** Its artefact. */
  readonly artefact: LoadedScenario;
  /** The model itself, or with the scenario's adapters. */
  readonly reader: Reader;
}

/** What requests are served with from one moment to the next; never changed, but replaced. */
export interface ServedModels {
  /** The model. */
  readonly base: Reader;
  /** Scenarios by name. */
  readonly scenarios: ReadonlyMap<string, ServedScenario>;
}

function checkScenarios(model: KeyedModel, scenarios: readonly LoadedScenario[]): void {
  const identity = modelIdentity(model);
  const names = new Set<string>();
  const { decoder } = model.config;
  const dimensions = embeddingSize(model.config);
  for (const { scenario, model: tunedOn, scoring, prompts, prototypes } of scenarios) {
    const where = `scenario ${scenario}`;
    if (names.has(scenario)) {
      throw new InputError({ where, expected: 'one artefact', found: 'two of its name' });
    }
    names.add(scenario);
    for (const key of ['digest', 'layout', 'tokenizer'] as const) {
      if (tunedOn[key] === identity[key]) continue;
      throw new InputError({
        where: `${where}, ${key} of its model`,
        expected: identity[key],
        found: tunedOn[key],
        fix: 'Serve it with the model that it was tuned on, or tune it again',
      });
    }
    for (const [what, { shape }, width] of [
      ['prompts', prompts, decoder.width],
      ['prototypes', prototypes, dimensions],
    ] as const) {
      if (shape.length === 2 && shape[1] === width) continue;
      throw new ShapeError(`${where}, ${what}`, [what, width], shape);
    }
    if (scoring) continue;
    throw new InputError({
      where,
      expected: 'an artefact with calibration and probe',
      found: 'prompts and prototypes alone',
      fix: 'Give saveScenario what fitScoring returns',
    });
  }
}

/**
 * Compiles what is to be served. Readers that former ones have too are taken over, not compiled again.
 *
 * @param engine - where to run
 * @param options - model, scenarios, precision of storage; what was served before
 * @throws {@link InputError} if a scenario is another model's, has no scoring, or is there twice
 * @throws {@link ShapeError} if its prompts or prototypes are not of the model's widths
 */
export async function servedModels(
  engine: Engine,
  options: {
    readonly model: KeyedModel;
    readonly scenarios: readonly LoadedScenario[];
    readonly storage: StoragePrecision;
    readonly former?: ServedModels | undefined;
  },
): Promise<ServedModels> {
  const { model, scenarios, storage, former } = options;
  checkScenarios(model, scenarios);
  const known = former?.base.model === model ? former : undefined;
  const compiled: Reader[] = [];
  const compile = async (of: KeyedModel, adapters?: string): Promise<Reader> => {
    const reader = await createReader(engine, { model: of, adapters, storage });
    compiled.push(reader);
    return reader;
  };
  try {
    const base = known?.base ?? (await compile(model));
    const served = new Map<string, ServedScenario>();
    for (const artefact of scenarios) {
      const { scenario, adapters, digest } = artefact;
      const before = known?.scenarios.get(scenario);
      const isSame = before?.artefact.digest === digest;
      const own = adapters && { ...adaptedModel(model, adapters), digest: model.digest };
      const reader = own ? (isSame ? before.reader : await compile(own, digest)) : base;
      served.set(scenario, { artefact, reader });
    }
    return { base, scenarios: served };
  } catch (error) {
    for (const reader of compiled) await reader.retire();
    throw error;
  }
}

/** All readers of what is served. */
export const readersOf = ({ base, scenarios }: ServedModels): ReadonlySet<Reader> =>
  new Set([base, ...[...scenarios.values()].map(({ reader }) => reader)]);

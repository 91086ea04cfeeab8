import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError } from '@q-anchor/core';

import { readDescription, type ReproductionDescription } from '../../reproduce/description-file.js';
import { placesIn } from '../../reproduce/places.js';
import { readRunSources, type RunSource } from './run-source.js';

/** A run and what is written beside it. */
interface LabelledRun {
  readonly label: string;
  /** The row of its evaluation that counts. */
  readonly row: string;
  /** Nothing where it is not made yet. */
  readonly run: RunSource | undefined;
}

/** A reproduction: its main run and the runs that are set beside it. */
export interface ReproductionSource {
  readonly scale: string;
  readonly seed: number;
  readonly main: RunSource;
  readonly ablations: readonly LabelledRun[];
  readonly scaling: readonly (LabelledRun & { readonly share: number })[];
  readonly seeds: readonly LabelledRun[];
}

/**
 * Reads a folder of `q-anchor reproduce`; nothing where it is none. Runs that are not made yet are left
 * open.
 *
 * @throws {@link InputError} if its main run is not there, or a file in it is broken
 */
export async function readReproduction(folder: string): Promise<ReproductionSource | undefined> {
  const places = placesIn(folder);
  const isFolder = (await stat(folder).catch(() => undefined))?.isDirectory() ?? false;
  const description = isFolder ? await readDescription(places.description) : undefined;
  if (!description) return undefined;
  const runs = new Map<string, RunSource>();
  for (const name of namesOf(description)) {
    const place = places.run(name);
    const hasRun = await stat(join(place, 'config.json')).catch(() => undefined);
    if (hasRun) runs.set(name, (await readRunSources([place]))[0]!);
  }
  const main = runs.get(description.main);
  if (!main) {
    throw new InputError({
      where: places.run(description.main),
      expected: 'the main run of a reproduction',
      found: 'nothing',
      fix: 'Go on with it: q-anchor reproduce',
    });
  }
  const labelled = <Compared extends { readonly name: string }>({ name, ...rest }: Compared) => ({
    ...rest,
    run: runs.get(name),
  });
  const { scale, seed, ablations, scaling, seeds } = description;
  return {
    scale,
    seed,
    main,
    ablations: ablations.map(labelled),
    scaling: scaling.map(labelled),
    seeds: seeds.map(labelled),
  };
}

const namesOf = ({
  main,
  ablations,
  scaling,
  seeds,
}: ReproductionDescription): ReadonlySet<string> =>
  new Set([main, ...[...ablations, ...scaling, ...seeds].map(({ name }) => name)]);

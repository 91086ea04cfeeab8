import { InputError, type Scenario } from '@q-anchor/core';
import type { Dataset, LabelledReference, ReferencePoint } from '@q-anchor/useru';

/** A scenario's labels, each with the place of its user in the evaluation set. */
export interface EvaluatedScenario extends Scenario {
  readonly labels: readonly (LabelledReference & { readonly place: number })[];
}

/** Everybody who has a label in some scenario, each reference point once. */
export interface EvaluationSet {
  readonly references: readonly ReferencePoint[];
  readonly scenarios: readonly EvaluatedScenario[];
  /** Why scenarios were left out. */
  readonly skipped: readonly string[];
}

const splits = ['train', 'validation', 'test'] as const;

/** What is wrong with a scenario's labels: a split without both classes can't be fitted or scored. */
function problemOf(labels: readonly LabelledReference[]): string | undefined {
  for (const split of splits) {
    const own = labels.filter((reference) => reference.split === split);
    const positives = own.filter(({ label }) => label === 1).length;
    if (positives === 0 || positives === own.length) {
      return `${positives} positives among ${own.length} users of the ${split} split`;
    }
  }
  return undefined;
}

/**
 * Reads the labels of scenarios. One that lacks a class in some split is left out if it was not
 * asked for by name.
 *
 * @throws {@link @q-anchor/core#InputError} if a scenario is unknown, one asked for lacks a class, or
 * none is left
 */
export async function evaluationSet(
  dataset: Dataset,
  names: readonly string[],
): Promise<EvaluationSet> {
  const references: ReferencePoint[] = [];
  const places = new Map<string, number>();
  const placeOf = ({ userId, referenceDays }: ReferencePoint): number => {
    const key = `${userId}\u0000${referenceDays}`;
    let place = places.get(key);
    if (place === undefined) {
      place = references.length;
      places.set(key, place);
      references.push({ userId, referenceDays });
    }
    return place;
  };
  const all = dataset.info.scenarios;
  const scenarios: EvaluatedScenario[] = [];
  const skipped: string[] = [];
  for (const name of names.length > 0 ? [...new Set(names)] : all.map((one) => one.name)) {
    const labels = await dataset.labels(name);
    const problem = problemOf(labels);
    if (problem !== undefined) {
      if (names.includes(name)) throw oneClass(name, problem);
      skipped.push(`Scenario ${name} is left out: ${problem}`);
      continue;
    }
    scenarios.push({
      ...all.find((one) => one.name === name)!,
      labels: labels.map((reference) => ({ ...reference, place: placeOf(reference) })),
    });
  }
  if (scenarios.length === 0) {
    throw new InputError({
      where: dataset.directory,
      expected: 'a scenario with both classes in every split',
      found: skipped.length === 0 ? 'no scenarios' : skipped.join('; '),
    });
  }
  return { references, scenarios, skipped };
}

const oneClass = (name: string, found: string): InputError =>
  new InputError({
    where: `scenario ${name}`,
    expected: 'both classes in every split',
    found,
    fix: 'Take more users',
  });

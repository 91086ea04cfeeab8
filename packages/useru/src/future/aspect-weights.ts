import { InputError } from '@q-anchor/core';

/** How often kinds of aspects are asked, relative to each other. */
export type AspectWeights = Readonly<Record<string, number>>;

/**
 * How often each kind of aspect of D_future is asked by default, shared by the aspects of the kind: all
 * categories together have the weight of `category`.
 */
export const aspectWeights = {
  'likely-actions': 1.5,
  activity: 1.5,
  course: 1,
  trend: 1,
  inactivity: 1.5,
  regularity: 1,
  return: 0.5,
  mix: 0.5,
  volume: 1.5,
  score: 2,
  amount: 1,
  category: 3,
} as const satisfies AspectWeights;

/**
 * The weights of all kinds: those given, and the default of the others. Of weight 0 nothing is asked.
 *
 * @throws {@link @q-anchor/core#InputError} if one is of no kind, or no number from 0 on, or all are 0
 */
export function checkedAspectWeights(given: AspectWeights = {}): AspectWeights {
  for (const [kind, weight] of Object.entries(given)) {
    if (!Object.hasOwn(aspectWeights, kind)) {
      throw new InputError({
        where: 'aspect weights',
        expected: `kinds among ${Object.keys(aspectWeights).join(', ')}`,
        found: `"${kind}"`,
      });
    }
    if (weight >= 0 && Number.isFinite(weight)) continue;
    throw new InputError({
      where: `aspect weight of ${kind}`,
      expected: 'a number from 0 on',
      found: `${weight}`,
    });
  }
  const weights: AspectWeights = { ...aspectWeights, ...given };
  if (Object.values(weights).some((weight) => weight > 0)) return weights;
  throw new InputError({
    where: 'aspect weights',
    expected: 'one above 0 at least',
    found: 'none',
  });
}

import { InvalidArgumentError } from 'commander';

/** Baselines that an evaluation makes when asked to, by the names of their rows. */
export const baselineNames = [
  'gradientBoostedTrees',
  'meanEvents',
  'meanEventsUntrained',
  'verbalisedProfile',
  'contrastiveStatic',
  'nextEvent',
] as const;

/** A baseline's name. */
export type BaselineName = (typeof baselineNames)[number];

/** Those that do not read the profile: they stand beside its columns too, in a row more. */
export const withoutProfile = ['contrastiveStatic', 'nextEvent'] as const;

/** Parses one name of an option that takes several, or `all`. */
export function baselineOption(
  text: string,
  former: readonly BaselineName[] = [],
): readonly BaselineName[] {
  if (text === 'all') return baselineNames;
  const name = baselineNames.find((one) => one === text);
  if (!name)
    throw new InvalidArgumentError(`It must be all or some of ${baselineNames.join(', ')}.`);
  return [...new Set([...former, name])];
}

import { InvalidArgumentError } from 'commander';

import { baselineNames } from './baselines/baseline-names.js';
import { rowNames, type RowName } from './evaluate-scenarios.js';

/** Rows that an evaluation has without being asked for baselines. */
export const ownRows: readonly RowName[] = rowNames.filter(
  (name) => !(baselineNames as readonly string[]).includes(name),
);

/** Parses one name of an option that takes several. */
export function rowOption(text: string, former: readonly RowName[] = []): readonly RowName[] {
  const name = ownRows.find((one) => one === text);
  if (!name) throw new InvalidArgumentError(`It must be some of ${ownRows.join(', ')}.`);
  return [...new Set([...former, name])];
}

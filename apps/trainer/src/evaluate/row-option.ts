import { InvalidArgumentError } from 'commander';

import { isBaseline, rowNames, type RowName } from './rows/row-names.js';

/** Rows that an evaluation has without being asked for baselines. */
export const ownRows: readonly RowName[] = rowNames.filter((name) => !isBaseline(name));

/** Parses one name of an option that takes several. */
export function rowOption(text: string, former: readonly RowName[] = []): readonly RowName[] {
  const name = ownRows.find((one) => one === text);
  if (!name) throw new InvalidArgumentError(`It must be some of ${ownRows.join(', ')}.`);
  return [...new Set([...former, name])];
}

import { InputError } from '@q-anchor/core';

/** Insists that options are above zero. */
export function requirePositive(options: Readonly<Record<string, number>>): void {
  for (const [where, value] of Object.entries(options)) {
    if (value > 0) continue;
    throw new InputError({ where, expected: 'a positive number', found: `${value}` });
  }
}

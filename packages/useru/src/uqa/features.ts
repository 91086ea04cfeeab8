import type { TabularValue } from '@q-anchor/core';

import { spokenName } from '../future/one-line.js';
import { labelOf } from './labels.js';

/** What pairs call a profile feature. */
export function featureName(column: string): string {
  return spokenName(column.replaceAll('_', ' '));
}

/** A feature's value in words; none where it is unknown, or a text too long to be said. */
export function featureWords(value: TabularValue): string | undefined {
  if (value === null) return undefined;
  return typeof value === 'number' ? `${Math.round(value * 100) / 100}` : labelOf(value);
}

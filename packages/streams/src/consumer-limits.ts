import { InputError } from '@q-anchor/core';

import type { StreamConsumerOptions } from './stream-consumer.js';

/** Limits with their defaults. */
export function consumerLimits({
  maxInFlight = 1000,
  maxBatch = 200,
}: Pick<StreamConsumerOptions, 'maxInFlight' | 'maxBatch'>): {
  readonly maxInFlight: number;
  readonly maxBatch: number;
} {
  for (const [where, value] of Object.entries({ maxInFlight, maxBatch })) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new InputError({ where, expected: 'a positive integer', found: `${value}` });
  }
  return { maxInFlight, maxBatch: Math.min(maxBatch, maxInFlight) };
}

import { availableParallelism } from 'node:os';

import { expect, test } from 'vitest';

import { createCoreProbe } from '../../src/measure/core-distance.js';

test.skipIf(availableParallelism() < 2)('a number goes to another core and back', async () => {
  await using probe = await createCoreProbe();
  const trips = [probe.roundTripNs(), probe.roundTripNs()];
  // No two cores are nearer than some nanoseconds; other work may keep them apart for long.
  for (const trip of trips) expect(trip).toBeGreaterThan(5);
});

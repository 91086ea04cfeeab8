import { list } from './interest-action.js';

/** Made-up names of bands and singers: every first part with every second. */
export const stageNames: readonly string[] = list(
  'Paper, Velvet, Static, Northern, Hollow, Crimson, Midnight, Plastic, Golden, Distant',
).flatMap((first) =>
  list('Foxes, Harbour, Choir, Engines, Parade, Lilies, Satellites, Orchard, Tigers, Mirrors').map(
    (second) => `${first} ${second}`,
  ),
);

import type { Hyperparameters } from './hyperparameters.js';
import { nano } from './nano.js';
import { release } from './release.js';
import { small } from './small.js';

/** Hyperparameters by the name of their preset. */
export const presets = { nano, small, release } satisfies Record<string, Hyperparameters>;

/** The name of a preset. */
export type PresetName = keyof typeof presets;

/** All names of presets. */
export const presetNames = Object.keys(presets) as readonly PresetName[];

/**
 * What each package leans on directly, low to high. It may import these and whatever they lean on,
 * nothing else of this workspace. Apps may import any package; tooling may import packages and apps.
 */
export const layers = {
  core: [],
  metrics: ['core'],
  graph: ['core'],
  useru: ['core'],
  backend: ['graph'],
  backbone: ['graph'],
  'user-tokens': ['backbone'],
  'dual-tower': ['user-tokens', 'backend'],
  'prompt-tuning': ['dual-tower', 'metrics'],
  'kv-serving': ['dual-tower', 'prompt-tuning', 'backend'],
  streams: ['core'],
  baselines: ['dual-tower', 'metrics'],
};

import { createEngine, type Device, type Engine } from '@q-anchor/backend';
import { Option } from 'commander';

import type { Log } from './display/log.js';
import { integer } from './options/parsers.js';

/** Where to run. */
export interface EngineOptions {
  readonly device: 'auto' | Device;
  readonly threads?: number;
}

/** Every device there is a way to run on. */
export const devices = ['cpu', 'webgpu', 'cuda', 'tensorrt', 'coreml', 'dml'] as const;

/** The options of a command that runs a model. */
export const engineOptions = (): readonly Option[] => [
  new Option('--device <name>', 'where to run; auto is cuda where it works, else cpu')
    .choices(['auto', ...devices])
    .default('auto')
    .helpGroup('Engine:'),
  new Option('--threads <n>', 'threads of one run (default: the physical cores)')
    .argParser(integer(1))
    .helpGroup('Engine:'),
];

/**
 * The engine that the options ask for, in a thread of its own: signals, logs and the next batch are
 * served while it computes.
 */
export async function openEngine(
  { device, threads }: EngineOptions,
  { log }: { readonly log: Log },
): Promise<Engine> {
  const engine = await createEngine({
    device,
    worker: true,
    ...(threads !== undefined && { threads }),
  });
  log.info(`Computing on ${engine.device}`);
  return engine;
}

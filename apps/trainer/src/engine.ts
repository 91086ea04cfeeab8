import { createOnnxEngine, type Device, type Engine } from '@q-anchor/backend';
import { Option } from 'commander';

import { integer } from './options/parsers.js';

/** Where to run. */
export interface EngineOptions {
  readonly device: Device;
  readonly threads?: number;
}

const devices: readonly Device[] = ['cpu', 'webgpu', 'cuda', 'tensorrt', 'coreml', 'dml'];

/** The options of a command that runs a model. */
export const engineOptions = (): readonly Option[] => [
  new Option('--device <name>', 'where to run')
    .choices(devices)
    .default('cpu')
    .helpGroup('Engine:'),
  new Option('--threads <n>', 'threads of one run (default: the physical cores)')
    .argParser(integer(1))
    .helpGroup('Engine:'),
];

/** The engine that the options ask for. */
export const openEngine = ({ device, threads }: EngineOptions): Engine =>
  createOnnxEngine({ device, ...(threads !== undefined && { threads }) });

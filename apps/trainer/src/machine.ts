import { availableParallelism, cpus, totalmem } from 'node:os';

import { createEngine } from '@q-anchor/backend';
import { UnavailableError } from '@q-anchor/core';

import { devices } from './engine.js';

/** What a machine is. */
export interface HostFacts {
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryMB: number;
}

/** What a machine has. */
export interface MachineFacts extends HostFacts {
  /** For each device `available`, or why it is not. */
  readonly devices: Readonly<Record<string, string>>;
}

/** Looks at the machine; every device is tried. */
export async function machineFacts(): Promise<MachineFacts> {
  const found: Record<string, string> = {};
  for (const device of devices) {
    try {
      await using _engine = await createEngine({ device });
      found[device] = 'available';
    } catch (error) {
      if (!UnavailableError.isInstance(error)) throw error;
      found[device] = error.message.replaceAll(/\s+/gu, ' ');
    }
  }
  return { ...hostFacts(), devices: found };
}

/** Looks at the machine, without its devices. */
export const hostFacts = (): HostFacts => ({
  node: process.versions.node,
  platform: `${process.platform} ${process.arch}`,
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryMB: Math.round(totalmem() / 1e6),
});

import { InputError } from '@q-anchor/core';

import type { Device, Engine } from './engine.js';
import { checkDevice, chooseDevice } from './onnx/devices.js';
import { createHostedEngine } from './onnx/hosted-engine.js';
import { createLocalHost } from './onnx/local-host.js';
import { createWorkerHost } from './worker/worker-host.js';

/** Options of {@link createEngine}. */
export interface EngineOptions {
  /**
   * Where to run. Default `auto`: `cuda` where it works, else `cpu`. The other devices lack some
   * ops, or take minutes to build a program, so they are never chosen by themselves.
   */
  readonly device?: 'auto' | Device;
  /** Threads of one run. Default: ONNX Runtime's own choice, the physical cores. */
  readonly threads?: number;
  /** Whether to run in a worker thread, so that the event loop keeps turning. Default no. */
  readonly worker?: boolean;
  /**
   * Whether the CPU may run ops that the device has no kernel for, the arithmetic of shapes
   * included. Default: with `auto` yes, with a device that was named no; then compiling such a
   * graph is an error.
   */
  readonly cpuFallback?: boolean;
}

/**
 * An engine on ONNX Runtime.
 *
 * @param options - device, threads, and where the work is done
 * @returns the engine; its `device` says what `auto` chose
 * @throws {@link UnavailableError} naming what to install, if the device cannot be used
 * @throws {@link InputError} if `threads` is no positive integer
 * @example
 * ```ts
 * await using engine = await createEngine({ device: 'cpu', worker: true });
 * await using program = await engine.compile(graph);
 * const { loss } = await program.run(feeds); // timers fire meanwhile
 * ```
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const { device: wanted = 'auto', threads, worker = false } = options;
  if (threads !== undefined && !(Number.isSafeInteger(threads) && threads > 0)) {
    throw new InputError({
      where: 'threads',
      expected: 'a positive integer',
      found: `${threads}`,
    });
  }
  const { cpuFallback = wanted === 'auto' } = options;
  const settings = { cpuFallback, ...(threads !== undefined && { threads }) };
  if (worker) {
    const { host, device } = await createWorkerHost({ device: wanted, ...settings });
    return createHostedEngine(host, device);
  }
  const device = wanted === 'auto' ? await chooseDevice() : wanted;
  await checkDevice(device);
  return createHostedEngine(createLocalHost({ device, ...settings }), device);
}

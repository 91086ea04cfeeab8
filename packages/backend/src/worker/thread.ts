// What runs in the worker thread: a local host, called by messages.
import { parentPort, workerData } from 'node:worker_threads';

import { checkDevice, chooseDevice } from '../onnx/devices.js';
import type { EngineHost } from '../onnx/engine-host.js';
import { createLocalHost } from '../onnx/local-host.js';
import { buffersIn, type CallMessage, type WorkerMessage, type WorkerSettings } from './protocol.js';
import { wireErrorOf } from './wire-error.js';

const port = parentPort!;

const send = (message: WorkerMessage): void => {
  port.postMessage(message, [...buffersIn(message)]);
};

async function answer(host: EngineHost, { call, method, args }: CallMessage): Promise<void> {
  try {
    const run = host[method] as (...given: readonly unknown[]) => Promise<unknown>;
    const value = await run(...args);
    send({ kind: 'returned', call, value });
  } catch (error) {
    send({ kind: 'threw', call, error: wireErrorOf(error) });
  }
}

try {
  const { device: wanted, ...settings } = workerData as WorkerSettings;
  const device = wanted === 'auto' ? await chooseDevice() : wanted;
  await checkDevice(device);
  const host = createLocalHost({ device, ...settings });
  port.on('message', (message: CallMessage) => void answer(host, message));
  send({ kind: 'started', device });
} catch (error) {
  send({ kind: 'failed', error: wireErrorOf(error) });
}

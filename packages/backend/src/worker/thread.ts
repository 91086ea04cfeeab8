// What runs in the worker thread: a local host, called by messages.
import { parentPort, workerData } from 'node:worker_threads';

import { checkDevice, chooseDevice } from '../onnx/devices.js';
import type { EngineHost } from '../onnx/engine-host.js';
import { createLocalHost } from '../onnx/local-host.js';
import { buffersIn, type CallMessage, type WorkerMessage, type WorkerStart } from './protocol.js';
import { wireErrorOf } from './wire-error.js';

const port = parentPort!;
const { settings, unanswered } = workerData as WorkerStart;

const send = (message: WorkerMessage, lent?: ArrayBuffer): void => {
  const moved = buffersIn(message);
  // What is returned may lie in it: then it is gone with that.
  const isFree = lent !== undefined && !moved.has(lent);
  const whole = isFree ? { ...message, lent } : message;
  port.postMessage(whole, [...moved, ...(isFree ? [lent] : [])]);
  Atomics.sub(unanswered, 0, 1);
  Atomics.notify(unanswered, 0);
};

async function answer(host: EngineHost, { call, method, args, lent }: CallMessage): Promise<void> {
  try {
    const run = host[method] as (...given: readonly unknown[]) => Promise<unknown>;
    const value = await run(...args);
    send({ kind: 'returned', call, value }, lent);
    if (method === 'dispose') port.close();
  } catch (error) {
    send({ kind: 'threw', call, error: wireErrorOf(error) }, lent);
  }
}

try {
  const { device: wanted, ...rest } = settings;
  const device = wanted === 'auto' ? await chooseDevice() : wanted;
  await checkDevice(device);
  const host = createLocalHost({ device, ...rest });
  port.on('message', (message: CallMessage) => void answer(host, message));
  send({ kind: 'started', device });
} catch (error) {
  send({ kind: 'failed', error: wireErrorOf(error) });
}

import { Worker } from 'node:worker_threads';

import { EngineError } from '../engine-error.js';
import type { Device } from '../engine.js';
import { copiesOf } from '../onnx/copies.js';
import type { EngineHost } from '../onnx/engine-host.js';
import { buffersIn, type WorkerMessage, type WorkerSettings } from './protocol.js';
import { errorOf } from './wire-error.js';

/** How a call to the worker ends. */
interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A host in a thread of its own. */
export interface WorkerHost {
  readonly host: EngineHost;
  /** The device it runs on. */
  readonly device: Device;
}

/**
 * Starts a thread and waits until its device is there.
 *
 * @throws {@link UnavailableError} if the device is not
 * @throws {@link EngineError} if the thread does not start
 */
export async function createWorkerHost(settings: WorkerSettings): Promise<WorkerHost> {
  // Beside this file's built form; in the source tree a loader of the same name.
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: settings });
  const pending = new Map<number, Pending>();
  let calls = 0;
  let end: EngineError | undefined;

  const fail = (error: EngineError): void => {
    end ??= error;
    for (const { reject } of pending.values()) reject(end);
    pending.clear();
  };
  const started = new Promise<Device>((resolve, reject) => {
    pending.set(0, { resolve: resolve as (value: unknown) => void, reject });
  });
  const settle = (call: number): Pending | undefined => {
    const one = pending.get(call);
    pending.delete(call);
    if (pending.size === 0) worker.unref(); // an idle engine does not keep the process alive
    return one;
  };
  worker.on('message', (message: WorkerMessage) => {
    if (message.kind === 'started') settle(0)?.resolve(message.device);
    else if (message.kind === 'failed') settle(0)?.reject(errorOf(message.error));
    else if (message.kind === 'returned') settle(message.call)?.resolve(message.value);
    else settle(message.call)?.reject(errorOf(message.error));
  });
  worker.on('error', (cause: Error) => {
    fail(new EngineError('worker thread', `it crashed: ${cause.message}`, { cause }));
  });
  worker.on('exit', (code) => {
    fail(new EngineError('worker thread', `it has ended, with exit code ${code}`));
  });

  const call = <T>(method: keyof EngineHost, ...args: readonly unknown[]): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (end) {
        reject(end);
        return;
      }
      const number = ++calls;
      pending.set(number, { resolve: resolve as (value: unknown) => void, reject });
      worker.ref();
      worker.postMessage({ call: number, method, args }, [...buffersIn(args)]);
    });

  let device: Device;
  try {
    device = await started;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  const host: EngineHost = {
    createState: (initial) => call('createState', initial),
    readState: (state, names) => call('readState', state, names),
    writeState: (state, tensors) => call('writeState', state, tensors),
    disposeState: (state) => call('disposeState', state),
    compile: (source) => call('compile', source),
    // The caller keeps his feeds: copies travel.
    run: (program, request) =>
      call('run', program, { ...request, feeds: copiesOf(request.feeds) }),
    endProfile: (program) => call('endProfile', program),
    disposeProgram: (program) => call('disposeProgram', program),
    liveCounts: () => call('liveCounts'),
    async dispose() {
      if (end) return;
      await call('dispose');
      await worker.terminate();
    },
  };
  return { host, device };
}

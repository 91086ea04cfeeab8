import { Worker } from 'node:worker_threads';

import { EngineError } from '../engine-error.js';
import type { Device } from '../engine.js';
import type { EngineHost } from '../onnx/engine-host.js';
import { disableTelemetry } from '../onnx/telemetry.js';
import {
  buffersIn,
  type WorkerMessage,
  type WorkerSettings,
  type WorkerStart,
} from './protocol.js';
import { sharedCount, waitAtExit } from './wait-at-exit.js';
import { errorOf } from './wire-error.js';

/** Calls to a host in another thread. */
export interface WorkerChannel {
  /** The device the thread runs on. */
  readonly device: Device;
  /** Calls one of the host's functions; the buffers in `args` move to the thread. */
  readonly call: <T>(method: keyof EngineHost, ...args: readonly unknown[]) => Promise<T>;
  /** The same, with a buffer that arrays in `args` lie in, and that comes back with the answer. */
  readonly lend: <T>(loan: BufferLoan) => Promise<T>;
  /** Ends the thread, after what was called before. */
  readonly close: () => Promise<void>;
}

/** A call with a buffer that comes back. */
interface BufferLoan {
  readonly method: keyof EngineHost;
  readonly args: readonly unknown[];
  readonly buffer: ArrayBuffer;
  /** Takes it when it is back; the thread may have had to keep it. */
  readonly giveBack: (buffer: ArrayBuffer) => void;
}

/** How a call ends. */
interface Pending {
  readonly giveBack?: ((buffer: ArrayBuffer) => void) | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The call that the start of a thread counts as. */
const startCall = 0;

/**
 * Starts a thread and waits until its device is there. While no call is pending, the thread does
 * not keep the process alive.
 *
 * @throws {@link UnavailableError} if the device is not
 * @throws {@link EngineError} if the thread does not start
 */
export async function openWorkerChannel(settings: WorkerSettings): Promise<WorkerChannel> {
  const start: WorkerStart = { settings, unanswered: sharedCount(1) };
  disableTelemetry();
  // Beside this file's built form; in the source tree a loader of the same name.
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: start });
  const stopWaiting = waitAtExit(start.unanswered);
  const pending = new Map<number, Pending>();
  let calls = startCall;
  let end: EngineError | undefined;

  const fail = (error: EngineError): void => {
    end ??= error;
    for (const { reject } of pending.values()) reject(end);
    pending.clear();
  };
  const settle = (call: number): Pending | undefined => {
    const one = pending.get(call);
    pending.delete(call);
    if (pending.size === 0) worker.unref();
    return one;
  };
  const answered = (message: Extract<WorkerMessage, { readonly call: number }>): void => {
    const one = settle(message.call);
    if (message.lent) one?.giveBack?.(message.lent);
    if (message.kind === 'returned') one?.resolve(message.value);
    else one?.reject(errorOf(message.error));
  };
  worker.on('message', (message: WorkerMessage) => {
    if (message.kind === 'started') settle(startCall)?.resolve(message.device);
    else if (message.kind === 'failed') settle(startCall)?.reject(errorOf(message.error));
    else answered(message);
  });
  worker.on('error', (cause: Error) => {
    fail(new EngineError('worker thread', `it crashed: ${cause.message}`, { cause }));
  });
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      fail(new EngineError('worker thread', `it has ended, with exit code ${code}`));
      stopWaiting();
      resolve();
    });
  });
  const untilExit = (): Promise<void> => {
    worker.ref();
    return exited;
  };
  const submit = <T>(
    message: { readonly method: keyof EngineHost; readonly args: readonly unknown[] },
    loan?: Pick<BufferLoan, 'buffer' | 'giveBack'>,
  ): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (end) {
        reject(end);
        return;
      }
      calls++;
      pending.set(calls, {
        resolve: resolve as (value: unknown) => void,
        reject,
        giveBack: loan?.giveBack,
      });
      worker.ref();
      Atomics.add(start.unanswered, 0, 1);
      const moved = buffersIn(message.args);
      if (loan) moved.add(loan.buffer);
      const lent = loan && { lent: loan.buffer };
      worker.postMessage({ call: calls, ...message, ...lent }, [...moved]);
    });
  const call = <T>(method: keyof EngineHost, ...args: readonly unknown[]): Promise<T> =>
    submit({ method, args });

  try {
    const device = await new Promise<Device>((resolve, reject) => {
      pending.set(startCall, { resolve: resolve as (value: unknown) => void, reject });
    });
    return {
      device,
      call,
      lend: ({ method, args, ...loan }) => submit({ method, args }, loan),
      async close() {
        if (end) return;
        // The thread ends by itself: stopped inside ONNX Runtime it would abort the process.
        await call('dispose');
        await untilExit();
      },
    };
  } catch (error) {
    await untilExit();
    throw error;
  }
}

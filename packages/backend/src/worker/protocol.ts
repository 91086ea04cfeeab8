import type { Device } from '../engine.js';
import type { EngineHost } from '../onnx/engine-host.js';
import type { WireError } from './wire-error.js';

/** What an engine in a worker is asked for. */
export interface WorkerSettings {
  readonly device: 'auto' | Device;
  readonly threads?: number;
  readonly cpuFallback: boolean;
}

/** What a worker is started with. */
export interface WorkerStart {
  readonly settings: WorkerSettings;
  /** One integer, shared: how many calls are not answered yet, the start included. */
  readonly unanswered: Int32Array;
}

/** A call of one of the host's functions. */
export interface CallMessage {
  readonly call: number;
  readonly method: keyof EngineHost;
  readonly args: readonly unknown[];
  /** A buffer that arrays in the arguments lie in, and that goes back with the answer. */
  readonly lent?: ArrayBuffer;
}

/** What the worker says: that it runs, on which device, or how a call ended. */
export type WorkerMessage =
  | { readonly kind: 'started'; readonly device: Device }
  | { readonly kind: 'failed'; readonly error: WireError }
  | ({ readonly kind: 'returned'; readonly value: unknown } & AnswerEnd)
  | ({ readonly kind: 'threw'; readonly error: WireError } & AnswerEnd);

/** The call that an answer is to, and the buffer that was lent with it. */
interface AnswerEnd {
  readonly call: number;
  readonly lent?: ArrayBuffer;
}

/**
 * The buffers of all arrays in plain data: they move to the other thread instead of being copied,
 * so the sender must own them.
 */
export function buffersIn(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) found.add(value.buffer as ArrayBuffer);
  else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) buffersIn(part, found);
  }
  return found;
}

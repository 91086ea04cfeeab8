import { setTimeout as delay } from 'node:timers/promises';

import type { DatedPrefix, PrefixPlace } from './prefix-tier.js';

/** A prefix that waits to be written. */
export interface PendingWrite {
  /** Its place. */
  readonly place: PrefixPlace;
  /** The prefix. */
  readonly kept: DatedPrefix;
  /** Bytes it takes in the queue. */
  readonly bytes: number;
}

/** Writes that are done behind the back of whoever asks for them, bounded by bytes. */
export interface WriteQueue {
  /** Bytes that wait or are being written. */
  readonly bytes: number;
  /** A prefix that waits. */
  get(key: string): DatedPrefix | undefined;
  /** Takes a write in; false, and it is not done, where there is no room. One alone always has room. */
  add(write: PendingWrite): boolean;
  /** Takes a user's writes out; one that is being done settles first. */
  remove(userId: string): Promise<void>;
  /** Settles once at most half of the room is taken, at the latest after so many milliseconds. */
  room(longestMs: number): Promise<void>;
  /** Settles when nothing waits. */
  flush(): Promise<void>;
}

/**
 * An empty queue.
 *
 * @param options - bytes that may wait; does one write, and never rejects
 */
export function createWriteQueue(options: {
  readonly maxBytes: number;
  readonly write: (write: PendingWrite) => Promise<void>;
}): WriteQueue {
  const { maxBytes, write } = options;
  const waiting = new Map<string, PendingWrite>();
  let current: { readonly one: PendingWrite; readonly done: Promise<void> } | undefined;
  let bytes = 0;
  let pumping: Promise<void> | undefined;
  let isWaitedFor: (() => void)[] = [];
  const isRoomy = (): boolean => 2 * bytes <= maxBytes;

  const leave = (one: PendingWrite): void => {
    bytes -= one.bytes;
    if (!isRoomy()) return;
    for (const wake of isWaitedFor) wake();
    isWaitedFor = [];
  };
  const pump = async (): Promise<void> => {
    for (const [key, one] of waiting) {
      current = { one, done: write(one) };
      await current.done;
      current = undefined;
      // Another of its key, or none, may be there by now.
      if (waiting.get(key) === one) waiting.delete(key);
      leave(one);
    }
    pumping = undefined;
  };

  const flush = async (): Promise<void> => {
    const running = pumping;
    if (!running) return;
    await running;
    await flush();
  };

  return {
    get bytes() {
      return bytes;
    },
    get: (key) => waiting.get(key)?.kept,
    add(one) {
      if (waiting.has(one.place.key)) return true;
      if (bytes > 0 && bytes + one.bytes > maxBytes) return false;
      waiting.set(one.place.key, one);
      bytes += one.bytes;
      pumping ??= Promise.resolve().then(pump);
      return true;
    },
    async remove(userId) {
      const running = current;
      for (const [key, one] of waiting) {
        if (one.place.userId !== userId) continue;
        waiting.delete(key);
        // What is being written leaves when it is.
        if (one !== running?.one) leave(one);
      }
      if (running?.one.place.userId === userId) await running.done;
    },
    async room(longestMs) {
      if (isRoomy()) return;
      const ended = new AbortController();
      const roomy = new Promise<void>((resolve) => isWaitedFor.push(resolve));
      const late = delay(longestMs, undefined, { signal: ended.signal }).catch(() => undefined);
      await Promise.race([roomy, late]);
      ended.abort();
    },
    flush,
  };
}

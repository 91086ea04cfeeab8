import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { scalarEvent, startEvent, versionEvent } from './events.js';
import { tfRecord } from './records.js';

/** A file of scalars that TensorBoard reads. */
export interface EventFile extends Disposable {
  /** Adds scalars of a step, e.g. `{ 'loss/total': 3.2 }`. */
  add(step: number, scalars: Readonly<Record<string, number>>): void;
}

const now = (): number => Date.now() / 1000;

/**
 * Opens a new event file in a run.
 *
 * @param directory - the run
 * @param options - `firstStep`: steps that were done before
 */
export function openEventFile(
  directory: string,
  { firstStep }: { readonly firstStep: number },
): EventFile {
  const name = `events.out.tfevents.${Math.floor(now())}.${hostname()}.${process.pid}`;
  mkdirSync(directory, { recursive: true });
  const file = openSync(join(directory, name), 'a');
  const write = (data: Uint8Array): void => {
    writeSync(file, tfRecord(data));
  };
  write(versionEvent(now()));
  if (firstStep > 0) write(startEvent({ wallTimeSeconds: now(), step: firstStep + 1 }));
  return {
    add: (step, scalars) => write(scalarEvent({ wallTimeSeconds: now(), step }, scalars)),
    [Symbol.dispose]: () => closeSync(file),
  };
}

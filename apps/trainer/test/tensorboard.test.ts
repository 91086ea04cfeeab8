import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeEach, expect, test } from 'vitest';

import { temporaryFolder } from '../../../packages/core/test/support/temporary-folder.js';
import { openEventFile } from '../src/tensorboard/event-file.js';
import { tfRecord } from '../src/tensorboard/records.js';
import { eventOf, recordsOf } from './support/tensorboard.js';

let directory: string;
beforeEach(async () => {
  directory = await temporaryFolder();
});

const eventsIn = async () => {
  const [name] = await readdir(directory);
  expect(name).toMatch(/^events\.out\.tfevents\.\d+\./u);
  return recordsOf(await readFile(join(directory, name!))).map((record) => eventOf(record));
};

test('a record is framed as TensorFlow frames it', () => {
  // Length 9, then the checksums by the bitwise definition, on RFC 3720's check text.
  const record = Buffer.from(tfRecord(Buffer.from('123456789')));
  expect(record.length).toBe(25);
  expect(recordsOf(record)).toEqual([Buffer.from('123456789')]);
  // CRC-32C of the check text is e3069283; rotated right by 15 and 0xa282ead8 added.
  const crc = 0xe3069283;
  expect(record.readUInt32LE(21)).toBe((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
});

test('a file starts with its version and holds scalars by step', async () => {
  const file = openEventFile(directory, { firstStep: 0 });
  file.add(1, { 'train/loss': 2.5, 'train/accuracy': 0.125 });
  file.add(2_000_000_000_000, { 'train/loss': -0 });
  file[Symbol.dispose]();
  const events = await eventsIn();
  expect(events.map(({ version }) => version)).toEqual(['brain.Event:2', undefined, undefined]);
  expect(events[1]).toMatchObject({
    step: 1,
    scalars: { 'train/loss': 2.5, 'train/accuracy': 0.125 },
  });
  expect(events[2]!.step).toBe(2_000_000_000_000);
  expect(Math.abs(events[1]!.wallTime! - Date.now() / 1000)).toBeLessThan(60);
});

test('a resumed run tells from where on earlier steps no longer count', async () => {
  openEventFile(directory, { firstStep: 7 })[Symbol.dispose]();
  expect((await eventsIn())[1]).toMatchObject({ step: 8, status: 1 });
});

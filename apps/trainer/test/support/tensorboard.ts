import { BinaryReader } from '@bufbuild/protobuf/wire';

/** Bitwise CRC-32C, the slow way. */
function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  const sum = ~crc >>> 0;
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}

/** The records of a TFRecord file; a wrong checksum is an error. */
export function recordsOf(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(file.readBigUInt64LE(at));
    const data = file.subarray(at + 12, at + 12 + length);
    if (file.readUInt32LE(at + 8) !== checksum(file.subarray(at, at + 8))) {
      throw new Error(`wrong checksum of the length at ${at}`);
    }
    if (file.readUInt32LE(at + 12 + length) !== checksum(data)) {
      throw new Error(`wrong checksum of the data at ${at}`);
    }
    records.push(data);
    at += length + 16;
  }
  return records;
}

/** An event as read back. */
export interface ReadEvent {
  wallTime?: number;
  step?: number;
  version?: string;
  status?: number;
  scalars: Record<string, number>;
}

/** Reads one tensorflow.Event. */
export function eventOf(record: Uint8Array): ReadEvent {
  const event: ReadEvent = { scalars: {} };
  const reader = new BinaryReader(record);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1) event.wallTime = reader.double();
    else if (field === 2) event.step = Number(reader.int64());
    else if (field === 3) event.version = reader.string();
    else if (field === 5) Object.assign(event.scalars, scalarsOf(reader.bytes()));
    else if (field === 7) event.status = statusOf(reader.bytes());
    else reader.skip(type);
  }
  return event;
}

function statusOf(bytes: Uint8Array): number {
  const reader = new BinaryReader(bytes);
  reader.tag();
  return reader.int32();
}

function scalarsOf(bytes: Uint8Array): Record<string, number> {
  const scalars: Record<string, number> = {};
  const summary = new BinaryReader(bytes);
  while (summary.pos < summary.len) {
    summary.tag();
    const value = new BinaryReader(summary.bytes());
    value.tag();
    const name = value.string();
    value.tag();
    scalars[name] = value.float();
  }
  return scalars;
}

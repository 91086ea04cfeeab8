import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** When an event was, and at which step. */
interface EventTime {
  readonly wallTimeSeconds: number;
  readonly step: number;
}

/** Start of tensorflow.Event: wall_time = 1, step = 2. */
function event({ wallTimeSeconds, step }: EventTime): BinaryWriter {
  return new BinaryWriter()
    .tag(1, WireType.Bit64)
    .double(wallTimeSeconds)
    .tag(2, WireType.Varint)
    .int64(step);
}

/** The first event of a file: file_version = 3. */
export function versionEvent(wallTimeSeconds: number): Uint8Array {
  return event({ wallTimeSeconds, step: 0 })
    .tag(3, WireType.LengthDelimited)
    .string('brain.Event:2')
    .finish();
}

/** session_log = 7, status START: TensorBoard drops what an earlier file has from this step on. */
export function startEvent(time: EventTime): Uint8Array {
  return event(time)
    .tag(7, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.Varint)
    .int32(1)
    .join()
    .finish();
}

/** Scalars: summary = 5, of values = 1 with tag = 1 and simple_value = 2. */
export function scalarEvent(
  time: EventTime,
  scalars: Readonly<Record<string, number>>,
): Uint8Array {
  const writer = event(time).tag(5, WireType.LengthDelimited).fork();
  for (const [name, value] of Object.entries(scalars)) {
    writer
      .tag(1, WireType.LengthDelimited)
      .fork()
      .tag(1, WireType.LengthDelimited)
      .string(name)
      .tag(2, WireType.Bit32)
      .float(value)
      .join();
  }
  return writer.join().finish();
}

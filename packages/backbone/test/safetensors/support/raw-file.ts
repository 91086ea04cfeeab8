import { writeFile } from 'node:fs/promises';

/** Writes a file of any header and data, right or wrong; bytes of a header stand as they are. */
export async function writeRawFile(
  path: string,
  content: {
    readonly header: unknown;
    readonly data?: Uint8Array;
    /** What the file says of the header's length. */
    readonly headerLength?: number;
  },
): Promise<void> {
  const { header, data = new Uint8Array(0), headerLength } = content;
  const bytes = Buffer.isBuffer(header)
    ? header
    : Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(headerLength ?? bytes.length));
  await writeFile(path, Buffer.concat([length, bytes, data]));
}

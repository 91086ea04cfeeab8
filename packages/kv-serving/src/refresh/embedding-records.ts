import { createHash } from 'node:crypto';
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/** Bytes of a key: a digest cut to 128 bits. */
const keyBytes = 16;
/** Records that are read at once to list their keys. */
const blockRecords = 4096;

const magic = Buffer.from('QAEMBED1');
const headerBytes = magic.length + 32;

/** Key of a text of which so many tokens are counted. */
export const recordKey = (text: string, maxTokens: number): string =>
  createHash('sha256')
    .update(`${maxTokens}:${text}`)
    .digest('hex')
    .slice(0, 2 * keyBytes);

/** A file of embeddings by key, to which records are only ever added. */
export interface EmbeddingRecords extends Disposable {
  /** Keys in it. */
  readonly size: number;
  /** The embedding of a key; undefined where there is none, or it is damaged. */
  get(key: string): Float32Array | undefined;
  /** Adds embeddings, in one write. */
  add(entries: readonly (readonly [key: string, embedding: Float32Array])[]): void;
}

/**
 * Opens a file of records `[key, checksum, embedding]` behind a header that names their encoder. A file of
 * another encoder is emptied, a record that a kill cut off at the end is removed.
 *
 * @param path - the file
 * @param options - digest of the encoder, 64 hexadecimal digits; E, the size of an embedding
 */
export function openEmbeddingRecords(
  path: string,
  options: { readonly encoderDigest: string; readonly width: number },
): EmbeddingRecords {
  const { width } = options;
  const recordBytes = keyBytes + 4 + 4 * width;
  const header = Buffer.concat([
    magic,
    createHash('sha256').update(`${options.encoderDigest},${width}`).digest(),
  ]);
  const file = openSync(path, 'a+');
  const found = Buffer.alloc(headerBytes);
  readSync(file, found, 0, headerBytes, 0);
  if (!found.equals(header)) {
    ftruncateSync(file, 0);
    writeSync(file, header);
  }
  let count = Math.floor((fstatSync(file).size - headerBytes) / recordBytes);
  ftruncateSync(file, headerBytes + count * recordBytes);
  const places = new Map<string, number>();
  const block = Buffer.alloc(blockRecords * recordBytes);
  for (let start = 0; start < count; start += blockRecords) {
    readSync(file, block, 0, block.length, headerBytes + start * recordBytes);
    for (let i = 0; i < Math.min(blockRecords, count - start); i++) {
      places.set(block.toString('hex', i * recordBytes, i * recordBytes + keyBytes), start + i);
    }
  }
  const record = Buffer.alloc(recordBytes);
  return {
    get size() {
      return places.size;
    },
    get(key) {
      const place = places.get(key);
      if (place === undefined) return undefined;
      readSync(file, record, 0, recordBytes, headerBytes + place * recordBytes);
      const content = record.subarray(keyBytes + 4);
      if (record.readUInt32LE(keyBytes) !== crc32(content)) return undefined;
      const embedding = new Float32Array(width);
      for (let i = 0; i < width; i++) embedding[i] = content.readFloatLE(4 * i);
      return embedding;
    },
    add(entries) {
      const bytes = Buffer.alloc(entries.length * recordBytes);
      for (const [i, [key, embedding]] of entries.entries()) {
        const start = i * recordBytes;
        bytes.write(key, start, 'hex');
        const content = bytes.subarray(start + keyBytes + 4, start + recordBytes);
        for (let j = 0; j < width; j++) content.writeFloatLE(embedding[j]!, 4 * j);
        bytes.writeUInt32LE(crc32(content), start + keyBytes);
        places.set(key, count + i);
      }
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      count += entries.length;
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

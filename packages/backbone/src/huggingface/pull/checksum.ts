import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

import type { HubFile } from './model-files.js';

/** Takes a file's bytes in order and tells at the end whether they are the right ones. */
export interface Checksum {
  /** Takes further bytes. */
  update(bytes: Uint8Array): void;
  /** What was expected and found, where they differ; undefined where all is well. */
  difference(): { readonly expected: string; readonly found: string } | undefined;
}

/**
 * The checksum that the hub gives for a file: SHA-256 for files in large-file storage, for others the
 * SHA-1 by which git names a blob. A file that comes with neither is right in any case.
 *
 * @param file - as the hub lists it
 */
export function checksumOf(file: HubFile): Checksum {
  const { sha256, gitSha1, bytes } = file;
  const expected = sha256 ?? gitSha1;
  if (expected === undefined) return { update: () => undefined, difference: () => undefined };
  const hash: Hash = createHash(sha256 === undefined ? 'sha1' : 'sha256');
  if (sha256 === undefined) hash.update(`blob ${bytes}\0`);
  const name = sha256 === undefined ? 'git SHA-1' : 'SHA-256';
  return {
    update: (part) => void hash.update(part),
    difference() {
      const found = hash.digest('hex');
      if (found === expected.toLowerCase()) return undefined;
      return { expected: `${name} ${expected}`, found };
    },
  };
}

/** Gives a checksum the bytes of a file on disk. */
export async function updateFromDisk(checksum: Checksum, path: string): Promise<void> {
  for await (const part of createReadStream(path)) checksum.update(part as Buffer);
}

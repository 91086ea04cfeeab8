import type { FileHandle } from 'node:fs/promises';

import { InputError } from '@q-anchor/core';

/** One call of the system reads less than 2 GiB. */
const maxBytesPerRead = 2 ** 30;

/**
 * Fills `target` from a position of a file.
 *
 * @throws {@link @q-anchor/core#InputError} if the file ends before
 */
export async function readBytes(
  handle: FileHandle,
  target: Uint8Array,
  from: { readonly where: string; readonly position: number },
): Promise<void> {
  for (let done = 0; done < target.byteLength;) {
    const length = Math.min(target.byteLength - done, maxBytesPerRead);
    const { bytesRead } = await handle.read(target, done, length, from.position + done);
    if (bytesRead === 0) {
      throw new InputError({
        where: from.where,
        expected: `${target.byteLength} bytes from byte ${from.position}`,
        found: `the end of the file after ${done}`,
        fix: 'The file is truncated, or changed since it was opened',
      });
    }
    done += bytesRead;
  }
}

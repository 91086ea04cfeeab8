import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of a model directory's weight files, those in its folders too. */
export async function weightBytes(directory: string): Promise<number> {
  const names = await readdir(directory, { recursive: true });
  const sizes = await Promise.all(
    names
      .filter((name) => name.endsWith('.safetensors'))
      .map(async (name) => (await stat(join(directory, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

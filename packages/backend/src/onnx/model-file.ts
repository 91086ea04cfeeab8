import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { SerialisedGraph } from '@q-anchor/graph';

/** A model as ONNX Runtime loads it. */
export interface LoadableModel {
  /** Its bytes, or its path where weights lie beside it. */
  readonly model: Uint8Array | string;
  /**
   * Removes what was written. ONNX Runtime maps the weights' file into memory: that survives the
   * file's removal on POSIX systems, but on Windows the file cannot be removed before the session
   * is released, so call it after loading and again after that.
   */
  remove(): Promise<void>;
}

/** Makes a model loadable: a temporary folder holds it if weights lie outside. */
export async function loadableModel(serialised: SerialisedGraph): Promise<LoadableModel> {
  const { model, external, externalLocation } = serialised;
  if (external.length === 0) return { model, remove: async () => undefined };
  const folder = await mkdtemp(join(tmpdir(), 'q-anchor-model-'));
  const remove = async (): Promise<void> => {
    try {
      await rm(folder, { recursive: true, force: true });
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!['EBUSY', 'EPERM', 'EACCES'].includes(code)) throw error;
    }
  };
  try {
    const weights = await open(join(folder, externalLocation), 'w');
    try {
      for (const part of external) await weights.writeFile(part);
    } finally {
      await weights.close();
    }
    const path = join(folder, 'model.onnx');
    await writeFile(path, model);
    return { model: path, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

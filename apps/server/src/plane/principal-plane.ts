import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { Plane } from './plane.js';

/**
 * The principal plane of vectors, found in a thread, so that others don't wait for it.
 *
 * @param vectors - of one size
 */
export async function principalPlane(vectors: readonly Float32Array[]): Promise<Plane> {
  const columns = vectors[0]?.length ?? 0;
  const data = Float64Array.from(vectors.flatMap((vector) => [...vector]));
  const worker = new Worker(new URL('./plane-worker.js', import.meta.url), {
    workerData: { data, columns },
  });
  try {
    const [plane] = (await once(worker, 'message')) as [Plane];
    return plane;
  } finally {
    await worker.terminate();
  }
}

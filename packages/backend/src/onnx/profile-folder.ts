import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readKernelTimes, type KernelTimes } from './kernel-times.js';

/** A temporary folder that one session writes its profile into. */
export interface ProfileFolder {
  /** Prefix of the file, for the session. */
  readonly prefix: string;
  /** Sums up the profile, once it is written. */
  read(): Promise<KernelTimes>;
  /** Removes the folder. */
  remove(): Promise<void>;
}

/** Makes a folder for one profile. */
export async function createProfileFolder(): Promise<ProfileFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'q-anchor-profile-'));
  return {
    prefix: join(folder, 'profile'),
    async read() {
      const [file] = await readdir(folder); // ONNX Runtime adds the time to the name
      return await readKernelTimes(join(folder, file!));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll } from 'vitest';

const folders: string[] = [];

// Every test file loads this module anew, so this hook is the file's own. Being registered before
// the file's hooks it runs after them, when servers and sessions no longer hold what lies here.
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** A fresh folder, for a hook or a test; it is removed after the file's tests, failed or not. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'q-anchor-test-'));
  folders.push(folder);
  return folder;
}

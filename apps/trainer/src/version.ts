import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const home = fileURLToPath(new URL('..', import.meta.url));

/** Which q-anchor this is. */
export interface OwnVersion {
  /** Of the package. */
  readonly version: string;
  /** Of the sources, `-dirty` where they were changed; nothing outside their repository. */
  readonly commit?: string;
}

/** Looks up package and commit. */
export async function ownVersion(): Promise<OwnVersion> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  try {
    const git = async (...args: readonly string[]): Promise<string> =>
      (await promisify(execFile)('git', ['-C', home, ...args])).stdout.trim();
    // Installed below another repository, its commit is not ours.
    await git('ls-files', '--error-unmatch', 'package.json');
    const format = ['--always', '--dirty', '--abbrev=12', '--exclude', '*'];
    return { version, commit: await git('describe', ...format) };
  } catch {
    return { version };
  }
}

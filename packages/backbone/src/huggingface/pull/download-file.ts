import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { InputError, QAnchorError } from '@q-anchor/core';

import { checksumOf, updateFromDisk, type Checksum } from './checksum.js';
import { connectionError, statusError, type Hub } from './hub.js';
import { isAbort, type HubFile } from './model-files.js';

/** How often a connection may break without a byte before that is an error. */
const attemptsWithoutProgress = 3;

/** Milliseconds before the second attempt; doubled before each further one. */
const firstPauseMs = 200;

/** Settings of {@link downloadFile}. */
export interface DownloadOptions {
  /** Where the model is. */
  readonly hub: Hub;
  /** The directory to write into. */
  readonly directory: string;
  /** Is told how many bytes of the file are there. */
  readonly onBytes: (bytes: number) => void;
  /** Stops the download; what is there is kept. */
  readonly signal: AbortSignal | undefined;
}

/** The size of a file; 0 where there is none. */
const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/**
 * Fetches one file. What arrives is kept beside it as `NAME.part`: a connection that breaks, or a
 * later call, goes on from there. The file takes its name when its checksum is right.
 *
 * @param file - as the hub lists it
 * @param options - where from and where to
 * @returns the commit that the hub says it comes from, where it does
 * @throws {@link @q-anchor/core#InputError} if the checksum is wrong (what was fetched is removed), or
 * the file may not be read
 * @throws {@link @q-anchor/core#UnavailableError} if the hub cannot be reached
 */
export async function downloadFile(
  file: HubFile,
  options: DownloadOptions,
): Promise<string | undefined> {
  const { directory, signal } = options;
  const target = join(directory, file.path);
  const part = `${target}.part`;
  await mkdir(dirname(target), { recursive: true });
  if ((await sizeOf(part)) > file.bytes) await rm(part, { force: true });
  const resumed = (await sizeOf(part)) > 0;
  let commit: string | undefined;
  for (let failures = 0; ;) {
    const before = await sizeOf(part);
    const checksum = checksumOf(file);
    if (before > 0) await updateFromDisk(checksum, part);
    try {
      if (before < file.bytes) commit = await fetchRest(file, { ...options, part, checksum });
    } catch (error) {
      if (QAnchorError.isInstance(error) || isAbort(error) || signal?.aborted === true) throw error;
      failures = (await sizeOf(part)) > before ? 0 : failures + 1;
      if (failures >= attemptsWithoutProgress) {
        const what = `${options.hub.name}/${file.path}`;
        throw connectionError(error, { hub: options.hub, what, directory });
      }
      await pause(firstPauseMs * 2 ** failures, undefined, signal ? { signal } : {});
      continue;
    }
    const difference = checksum.difference();
    if (difference === undefined) {
      if (file.bytes === 0) await (await open(part, 'w')).close();
      await rename(part, target);
      return commit;
    }
    await rm(part, { force: true });
    // What was kept may be of another version of the file: once more, from the start.
    if (resumed) return downloadFile(file, options);
    throw new InputError({
      where: `${options.hub.name}/${file.path}`,
      ...difference,
      fix: 'The download is damaged and was removed: pull again',
    });
  }
}

/** Fetches the bytes that a part file lacks; throws where the connection breaks before the end. */
async function fetchRest(
  file: HubFile,
  options: DownloadOptions & { readonly part: string; readonly checksum: Checksum },
): Promise<string | undefined> {
  const { hub, part, checksum, onBytes } = options;
  let done = await sizeOf(part);
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  const address = `${hub.endpoint}/${hub.name}/resolve/${encodeURIComponent(hub.revision)}/${path}`;
  const response = await hub.fetch(address, {
    // Ranges are of the file's own bytes, not of a compressed form.
    headers: { 'accept-encoding': 'identity', ...(done > 0 && { range: `bytes=${done}-` }) },
  });
  const startsAt = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  if (done > 0 && (response.status !== 206 || Number(startsAt) !== done)) {
    await response.body?.cancel();
    if (!response.ok && response.status !== 416) throw refusal(response.status, hub, file);
    // A server without ranges: from the start.
    await rm(part, { force: true });
    throw new Error('the server does not continue a file where it broke off');
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw refusal(response.status, hub, file);
  }
  const handle: FileHandle = await open(part, 'a');
  try {
    for await (const bytes of response.body as AsyncIterable<Uint8Array>) {
      if (done + bytes.length > file.bytes) {
        throw new InputError({
          where: `${hub.name}/${file.path}`,
          expected: `${file.bytes} bytes, as the hub lists it`,
          found: 'more of them',
          fix: 'The file changed while it was fetched: pull again',
        });
      }
      await handle.writeFile(bytes);
      checksum.update(bytes);
      done += bytes.length;
      onBytes(done);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (done < file.bytes) {
    throw new Error(`the connection ended after ${done} of ${file.bytes} bytes`);
  }
  return response.headers.get('x-repo-commit') ?? undefined;
}

/** What a busy server says may be otherwise at the next attempt; what it refuses stays refused. */
const refusal = (status: number, hub: Hub, file: HubFile): Error =>
  status === 429 || status >= 500
    ? new Error(`it answered ${status}`)
    : statusError(status, { hub, what: `${hub.name}/${file.path}` });

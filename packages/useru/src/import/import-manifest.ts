import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import {
  digestOf,
  makeDirectoryAtomic,
  readText,
  writeJson,
  type Digestible,
} from '@q-anchor/core';

import { openDatabase, type DatabaseLimits } from '../dataset/database.js';
import { storedInfo, type DatasetInfo } from '../dataset/dataset-info.js';
import { parseManifest } from '../manifest/parse-manifest.js';
import { fileDigests } from './content-digest.js';
import { differenceOf, readWorkKey, type Resumption } from '../dataset/resumption.js';
import type { ImportProgress } from './import-context.js';
import { importSections } from './import-sections.js';
import { importKey } from './work-key.js';

/** What to import and where to. */
export interface ImportOptions extends DatabaseLimits {
  /** The manifest file. */
  readonly manifestPath: string;
  /** The folder that source paths are relative to; default: the manifest's. */
  readonly dataDir?: string;
  /** The dataset directory to make. */
  readonly outputDir: string;
  /** Replace what is at `outputDir`; default: an error if there is anything. */
  readonly overwrite?: boolean;
  /** Stops the import; nothing is left behind. */
  readonly signal?: AbortSignal;
  /** Told if an import into `outputDir` was killed, and whether this one goes on with its work. */
  readonly onResume?: (resumption: Resumption) => void;
  /** Called after every section. */
  readonly onProgress?: (progress: ImportProgress) => void;
}

/**
 * Makes a dataset directory from a manifest, whole or not at all.
 *
 * An import that was killed leaves a hidden folder beside `outputDir`. Run again with the same
 * manifest, files and threads, it goes on after the last section that was finished, and gives the same
 * bytes; with others it starts over.
 *
 * The same files give byte-equal directories with the default of one thread; with more, sums of
 * fractions in the manifest's SQL may differ in their last digit from run to run. Skipped and
 * counted in `dataset.json`: events without text, actions without category, rows of users that have
 * no reference point. Anything else that is wrong is an error.
 *
 * @throws {@link @q-anchor/core#InputError} naming the manifest's key, the SQL and the first row that is wrong
 * @example
 * ```ts
 * const info = await importManifest({ manifestPath: 'shop.yaml', outputDir: 'shop-dataset' });
 * info.counts.users; // how many users have a reference point
 * ```
 */
export async function importManifest(options: ImportOptions): Promise<DatasetInfo> {
  const { manifestPath, signal } = options;
  const manifest = parseManifest(await readText(manifestPath), manifestPath);
  signal?.throwIfAborted();
  const dataDirectory = options.dataDir ?? dirname(manifestPath);
  const key = await importKey({ manifest, dataDirectory, threads: options.threads });
  let isResumed = false;
  return makeDirectoryAtomic(options.outputDir, {
    overwrite: options.overwrite ?? false,
    adopt: async (directory) => {
      const found = await readWorkKey(keyPath(directory));
      // An import that was killed before it began, or at its very end.
      if (found === undefined) return false;
      const reason = differenceOf(key, found);
      isResumed = reason === '';
      if (!isResumed) options.onResume?.({ kind: 'restarted', reason });
      return isResumed;
    },
    fill: async (directory) => {
      const scratchDirectory = scratchPath(directory);
      if (!isResumed) {
        await Promise.all(
          [scratchDirectory, join(directory, 'events'), join(directory, 'labels')].map((path) =>
            mkdir(path),
          ),
        );
        await writeJson(keyPath(directory), key);
      }
      const spillDirectory = join(scratchDirectory, 'spill');
      await rm(spillDirectory, { recursive: true, force: true });
      const database = await openDatabase(join(scratchDirectory, 'import.duckdb'), {
        ...options,
        spillDirectory,
      });
      const interrupt = (): void => database.connection.interrupt();
      signal?.addEventListener('abort', interrupt);
      let content: Omit<DatasetInfo, 'digest'>;
      try {
        content = await importSections(
          {
            manifest,
            where: manifestPath,
            dataDirectory,
            directory,
            scratchDirectory,
            connection: database.connection,
            signal,
          },
          {
            onFound: (done, total) => {
              if (isResumed) options.onResume?.({ kind: 'resumed', done, total });
            },
            onProgress: options.onProgress,
          },
        );
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      } finally {
        signal?.removeEventListener('abort', interrupt);
        database.close();
      }
      // Without its key nobody goes on with the rest of a scratch folder.
      await rm(keyPath(directory));
      await rm(scratchDirectory, { recursive: true, force: true });
      const digest = digestOf({
        content: storedInfo(content) as unknown as Digestible,
        files: await fileDigests(directory),
      });
      const info: DatasetInfo = { ...content, digest };
      await writeJson(join(directory, 'dataset.json'), storedInfo(info));
      signal?.throwIfAborted();
      return info;
    },
  });
}

const scratchPath = (directory: string): string => join(directory, '.scratch');
const keyPath = (directory: string): string => join(scratchPath(directory), 'key.json');

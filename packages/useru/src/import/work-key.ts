import { stat } from 'node:fs/promises';

import { version } from '@duckdb/node-api';
import { digestOf, type Digestible } from '@q-anchor/core';

import { datasetFormatVersion } from '../dataset/dataset-info.js';
import { openDatabase } from '../dataset/database.js';
import type { WorkKey } from '../dataset/resumption.js';
import type { Manifest } from '../manifest/manifest.js';
import { sourceFiles } from './source-files.js';

/** Rises when the same manifest and files give other tables than before. */
const importVersion = 1;

/**
 * What an import depends on: its manifest, the files it reads (by path, size and time of change) and
 * what computes it.
 */
export async function importKey(options: {
  readonly manifest: Manifest;
  readonly dataDirectory: string;
  readonly threads: number | undefined;
}): Promise<WorkKey> {
  const { manifest, dataDirectory, threads = 1 } = options;
  const database = await openDatabase(':memory:', {});
  const files: Record<string, Digestible> = {};
  try {
    for (const [name, source] of Object.entries(manifest.sources)) {
      if ('postgres' in source) continue;
      const paths = await sourceFiles(database.connection, source, dataDirectory);
      files[name] = await Promise.all(
        paths.map(async (path) => {
          const { size, mtimeMs } = await stat(path);
          return [path, size, mtimeMs];
        }),
      );
    }
  } finally {
    database.close();
  }
  return {
    manifest: digestOf(manifest as unknown as Digestible),
    files: digestOf(files),
    'version of this software': `${datasetFormatVersion}.${importVersion}, DuckDB ${version()}`,
    'number of threads': `${threads}`,
  };
}

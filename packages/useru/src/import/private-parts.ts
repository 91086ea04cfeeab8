import { InputError } from '@q-anchor/core';

import type { DatasetInfo, TabularColumn } from '../dataset/dataset-info.js';
import type { ImportContext } from './import-context.js';

/**
 * What the manifest marks `private`, for `dataset.json`; nothing where it marks nothing.
 *
 * @throws {@link @q-anchor/core#InputError} if a marked column does not exist: a misspelt mark would
 * protect nothing
 */
export function privateParts(
  context: Pick<ImportContext, 'manifest' | 'where'>,
  columns: readonly TabularColumn[],
): Pick<DatasetInfo, 'private'> {
  const { manifest, where } = context;
  const names = columns.map(({ name }) => name);
  const mark = manifest.tabular?.private ?? false;
  const marked = typeof mark === 'boolean' ? (mark ? names : []) : mark;
  const unknown = marked.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new InputError({
      where: `${where}: tabular.private`,
      expected: `columns of the query (${names.join(', ')})`,
      found: `"${unknown}"`,
    });
  }
  const modalities = Object.entries(manifest.modalities)
    .filter(([, modality]) => modality.private)
    .map(([name]) => name);
  return modalities.length + marked.length === 0
    ? {}
    : { private: { modalities, columns: [...marked] } };
}

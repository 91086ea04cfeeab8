import { InputError } from '@q-anchor/core';

import type { HistoryPart } from './history-sql.js';

/**
 * Sees that what comes later says nothing of what the first dataset does not know.
 *
 * @throws {@link InputError} for another window, a further modality, other profile features
 */
export function checkParts([base, ...deltas]: readonly [HistoryPart, ...HistoryPart[]]): void {
  const known = new Set(base.info.modalities.map(({ name }) => name));
  for (const delta of deltas) {
    const { directory, info } = delta;
    const refuse = (where: string, expected: string, found: string): InputError =>
      new InputError({
        where: `${directory}, ${where}`,
        expected: `${expected}, as in ${base.directory}`,
        found,
        fix: 'Import it by the same manifest; sections without rows may be left out',
      });
    if (info.windowDays !== base.info.windowDays) {
      throw refuse('windowDays', `${base.info.windowDays}`, `${info.windowDays}`);
    }
    const stray = info.modalities.find(({ name }) => !known.has(name));
    if (stray) throw refuse('modalities', [...known].join(', '), stray.name);
    const { columns, byReference } = info.tabular;
    if (columns.length === 0) continue;
    if (columnsOf(delta) !== columnsOf(base)) {
      throw refuse('tabular', columnsOf(base) || 'none', columnsOf(delta));
    }
    if (byReference !== base.info.tabular.byReference) {
      throw refuse('tabular', words(!byReference), words(byReference));
    }
  }
}

const columnsOf = ({ info }: HistoryPart): string =>
  info.tabular.columns.map(({ name, kind }) => `${name} (${kind})`).join(', ');

const words = (byReference: boolean): string =>
  `${byReference ? 'with' : 'without'} reference_time`;

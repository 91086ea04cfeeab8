import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { readVectorStates, writeVectorStates, type VectorState } from '@q-anchor/useru';
import { expect, test } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';

const stateOf = (userId: string): VectorState => ({
  userId,
  referenceDays: 30,
  content: { features: '', modalities: ['0', '3.4.5'] },
  key: `key of ${userId}`,
});

test('states come back as they were, by range', async () => {
  const folder = await temporaryFolder();
  const first = [{ ...stateOf('a'), lastEventDays: 29.3 }, stateOf("b's")];
  await writeVectorStates(join(folder, 'state-0.parquet'), first);
  await writeVectorStates(join(folder, 'state-1.parquet'), [stateOf('é')]);
  await writeVectorStates(join(folder, 'state-2.parquet'), []);
  expect(await readdir(folder)).toHaveLength(3);
  const files = join(folder, 'state-*.parquet');
  expect(await readVectorStates(files)).toEqual(
    new Map([...first, stateOf('é')].map((state) => [state.userId, state])),
  );
  expect([...(await readVectorStates(files, { from: 'b', until: 'c' })).keys()]).toEqual(["b's"]);
  expect([...(await readVectorStates(files, { from: 'c' })).keys()]).toEqual(['é']);
});

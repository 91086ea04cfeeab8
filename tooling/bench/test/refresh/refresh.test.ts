import { readdir } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { qAnchor, tinyModel } from '../../../../apps/trainer/test/support/command.js';
import { temporaryFolder } from '../../../../packages/core/test/support/temporary-folder.js';
import { refreshArgumentsFrom, refreshText } from '../../src/refresh/refresh-arguments.js';
import { runRefresh } from '../../src/refresh/run-refresh.js';

test('a day of some users: as few are embedded, and vectors are those computed anew', async () => {
  const folder = await temporaryFolder();
  const rows = await runRefresh(
    { users: 24, shares: [0.1], rounds: 1, folder },
    {
      qAnchor: async (args) => {
        const { code, stdout, stderr } = await qAnchor([...args, '--quiet']);
        if (code !== 0) throw new Error(stderr);
        return stdout;
      },
      say: () => {},
      model: tinyModel,
    },
  );
  expect(rows).toHaveLength(1);
  const { touched, vectors, largestDistance } = rows[0]!;
  expect(vectors).toBe(3 * 24);
  expect(touched).toBeGreaterThanOrEqual(2);
  expect(touched).toBeLessThan(9);
  expect(largestDistance).toBeLessThan(1e-5);
  expect(await readdir(folder)).toEqual([]);
}, 240_000);

test('arguments and text', () => {
  expect(refreshArgumentsFrom(['--users', '50', '--shares', '0.1,1', '--folder', 'x'])).toEqual({
    users: 50,
    shares: [0.1, 1],
    rounds: 3,
    folder: 'x',
    isJson: false,
  });
  expect(() => refreshArgumentsFrom(['--shares', '0.1,2'])).toThrow(/--shares/u);
  expect(() => refreshArgumentsFrom(['here'])).toThrow(/options alone, found here/u);
  const text = refreshText([
    {
      share: 0.1,
      users: 4000,
      touched: 410,
      textsEncoded: 7,
      seconds: 1,
      processorSeconds: 2,
      fullSeconds: 10,
      fullProcessorSeconds: 16,
      ratio: 0.1,
      processorRatio: 0.125,
      vectors: 12_000,
      largestDistance: 1.5e-7,
    },
  ]);
  expect(text.split('\n').at(-1)).toBe(
    '| 4000 | 10.3 % | 7 | 1.0 (2.0) | 10.0 (16.0) | 0.100 (0.125) | 1.5e-7 of 12000 |',
  );
});

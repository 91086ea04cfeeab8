import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, test } from 'vitest';

import { isProcessAlive } from '@q-anchor/core';

test('a process is alive until it has ended, whoever owns it', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: 'pipe' });
  expect(isProcessAlive(child.pid!)).toBe(true);
  child.stdin.end();
  await once(child, 'exit');
  expect(isProcessAlive(child.pid!)).toBe(false);
  expect(isProcessAlive(process.pid)).toBe(true);
  expect(isProcessAlive(1)).toBe(true);
});

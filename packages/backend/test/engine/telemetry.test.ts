import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect, test, vi } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { disableTelemetry } from '../../src/onnx/telemetry.js';
import { typescriptHooks } from './support/typescript-hooks.js';

const script = fileURLToPath(new URL('support/double.ts', import.meta.url));

test.each(['here', 'worker'])('an engine leaves no telemetry files, %s', async (where) => {
  const folder = await temporaryFolder();
  const { ORT_DISABLE_TELEMETRY: _, ...environment } = process.env;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@q-anchor/source', '--import', typescriptHooks, script, where],
    { env: { ...environment, TMPDIR: folder } },
  );
  expect(stdout).toBe('42\n');
  expect(await readdir(folder)).toEqual([]);
});

test('whoever has set the variable has decided', () => {
  vi.stubEnv('ORT_DISABLE_TELEMETRY', '0');
  disableTelemetry();
  expect(process.env['ORT_DISABLE_TELEMETRY']).toBe('0');
  vi.unstubAllEnvs();
});

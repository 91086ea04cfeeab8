import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inflateSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { chromiumProgram } from '../../../../packages/core/test/support/chromium-program.mjs';
import { temporaryFolder } from '../../../../packages/core/test/support/temporary-folder.js';
import { buildReport } from '../../src/report/build-report.js';
import { pageHtml } from '../../src/report/page/page-html.js';
import { fullRun } from './support/evaluated-run.js';

test('a browser shows the page without a complaint', { timeout: 120_000 }, async ({ skip }) => {
  const browser = chromiumProgram();
  if (browser === undefined) skip('needs Chromium: apt-get install chromium');
  const folder = await temporaryFolder();
  const made = { time: '2026-11-28T09:00:00.000Z', own: { version: '0.0.0' } };
  const report = buildReport([await fullRun('small', 1000), await fullRun('large', 8000)], made);
  const page = join(folder, 'report.html');
  await writeFile(page, pageHtml(report, { jsonName: 'report.json' }));
  const shot = join(folder, 'report.png');
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars'];
  const { stderr } = await promisify(execFile)(browser!, [
    ...args,
    `--user-data-dir=${join(folder, 'profile')}`,
    '--enable-logging=stderr',
    '--window-size=1040,1600',
    `--screenshot=${shot}`,
    `file://${page}`,
  ]);
  expect(stderr).not.toContain('CONSOLE');
  const colours = coloursOf(await readFile(shot));
  expect(colours.size).toBeGreaterThan(10);
});

/** Distinct bytes of a PNG's pixels: one alone is an empty page. */
function coloursOf(png: Buffer): ReadonlySet<number> {
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return new Set(inflateSync(Buffer.concat(parts)));
}

import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { readKeyRing } from '../src/auth/key-ring.js';
import { createApp } from '../src/app/create-app.js';
import { createMetrics } from '../src/metrics/metrics.js';
import { createLifecycle } from '../src/model/lifecycle.js';
import { readSettings } from '../src/settings/read-settings.js';
import { settingOptions } from '../src/settings/setting-options.js';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const missing = (words: readonly string[]): string[] =>
  words.filter((word) => !readme.includes(word));

test('the README has every flag with its default, every metric and every route', async () => {
  const flags = settingOptions.flatMap(([, { flag }]) => flag?.split(' ')[0] ?? []);
  expect(missing(flags.map((flag) => `\`${flag}\``))).toEqual([]);
  expect(missing(settingOptions.flatMap(([, { fallback }]) => fallback ?? []))).toEqual([]);

  const lifecycle = createLifecycle();
  const metrics = createMetrics(lifecycle);
  metrics.close();
  const names = metrics.registry.getMetricsAsArray().map(({ name }) => name);
  const own = names.filter((name) => name.startsWith('q_anchor_'));
  expect(own.length).toBeGreaterThan(20);
  expect(missing(own.map((name) => `\`${name.slice('q_anchor_'.length)}`))).toEqual([]);

  const io = { env: {}, stdout: process.stdout, stderr: process.stderr };
  const settings = readSettings(['--model', 'none'], { version: '0', io });
  const keys = await readKeyRing({});
  const logs = { write: () => undefined };
  const app = await createApp({ settings, lifecycle, metrics, keys, version: '0' }, logs);
  await app.ready();
  const paths = Object.entries(app.swagger().paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods ?? {}).map((method) => `\`${method.toUpperCase()} ${path}`),
  );
  await app.close();
  expect(paths.length).toBeGreaterThan(10);
  expect(missing(paths)).toEqual([]);
});

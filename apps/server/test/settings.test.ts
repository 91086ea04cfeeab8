import { Writable } from 'node:stream';

import { InputError } from '@q-anchor/core';
import { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';

import { readSettings } from '../src/settings/read-settings.js';
import { settingOptions, variableOf } from '../src/settings/setting-options.js';
import { settingSchemas, type Settings } from '../src/settings/settings.js';

function read(args: readonly string[], env: Record<string, string> = {}) {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      written.push(chunk.toString());
      done();
    },
  });
  const io = { env, stdout: stream, stderr: stream };
  try {
    return { settings: readSettings(args, { version: '1.2.3', io }), text: written.join('') };
  } catch (error) {
    return { error, text: written.join('') };
  }
}
const settingsOf = (args: readonly string[], env?: Record<string, string>): Settings => {
  const { settings, error } = read(args, env);
  if (settings === undefined) throw error;
  return settings;
};

test('defaults: loopback, no keys, users in memory', () => {
  expect(settingsOf(['--model', 'm'])).toMatchObject({
    model: 'm',
    name: 'q-anchor',
    host: '127.0.0.1',
    port: 8080,
    state: undefined,
    cacheMib: 1024,
    maxQueued: 256,
    rate: 0,
    allowAnonymous: false,
    nowDays: undefined,
  });
});

test('a flag comes before the environment, that before the default', () => {
  const env = { Q_ANCHOR_PORT: '9000', Q_ANCHOR_MODEL: 'e', Q_ANCHOR_NOW_DAYS: '-1.5' };
  expect(settingsOf([], env)).toMatchObject({ port: 9000, model: 'e', nowDays: -1.5 });
  expect(settingsOf(['--port', '0', '--open-metrics'], env)).toMatchObject({
    port: 0,
    openMetrics: true,
  });
  expect(settingsOf(['--open-metrics', 'false'], env).openMetrics).toBe(false);
});

describe('says what is wrong, by its name', () => {
  test.each<[readonly string[], Record<string, string>, RegExp]>([
    [[], {}, /--model.*found nothing.*Q_ANCHOR_MODEL/],
    [['--model', 'm', '--port', '70000'], {}, /--port: expected at most 65535, found '70000'/],
    [['--model', 'm', '--port', '1e3'], {}, /--port: expected a whole number/],
    [['--model', 'm'], { Q_ANCHOR_STORAGE: 'f8' }, /Q_ANCHOR_STORAGE: .*f8/],
    [['--model', 'm', '--name', 'a:b'], {}, /--name/],
    [['--model', 'm', '--rate', '-1'], {}, /--rate: expected at least 0/],
    [['--model', 'm', '--host', '0.0.0.0'], {}, /--host: expected a loopback.*--allow-anonymous/],
    [['--model', 'm', '--host', '127.0.0.1.evil.test'], {}, /--host/],
  ])('%s %s', (args, env, message) => {
    const { error } = read(args, env);
    expect(InputError.isInstance(error)).toBe(true);
    expect(String(error)).toMatch(message);
  });

  test('keys or a word of consent open other addresses', () => {
    const open = ['--model', 'm', '--host', '0.0.0.0'];
    expect(settingsOf(open, { Q_ANCHOR_KEYS: 'a:b' }).host).toBe('0.0.0.0');
    expect(settingsOf([...open, '--allow-anonymous']).host).toBe('0.0.0.0');
    expect(settingsOf([...open, '--keys-file', 'k']).keysFile).toBe('k');
  });

  test('an unknown flag is bad usage', () => {
    const { error, text } = read(['--modell', 'm']);
    expect(error).toBeInstanceOf(CommanderError);
    expect(text).toContain('--model');
  });
});

test('help has every flag with its default; keys have no flag', () => {
  const { text, error } = read(['--help']);
  expect((error as CommanderError).exitCode).toBe(0);
  const flat = text.replaceAll(/\s+/g, ' ');
  for (const [, { flag = '', fallback }] of settingOptions) {
    expect(flat).toContain(flag);
    expect(flat).toContain(fallback === undefined ? '' : `(default: ${fallback})`);
  }
  expect(text).toContain('Q_ANCHOR_KEYS');
  expect(text).not.toMatch(/--keys /);
  expect(settingOptions.map(([key]) => key).toSorted()).toEqual(
    Object.keys(settingSchemas).toSorted(),
  );
  expect(variableOf('headersTimeoutMs')).toBe('Q_ANCHOR_HEADERS_TIMEOUT_MS');
  expect(read(['--version']).text).toBe('1.2.3\n');
});

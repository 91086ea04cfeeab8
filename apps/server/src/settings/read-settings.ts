import { isIP } from 'node:net';
import type { Writable } from 'node:stream';

import { InputError } from '@q-anchor/core';
import { Command, Option } from 'commander';

import { settingOptions, variableOf } from './setting-options.js';
import { settingSchemas, type Settings } from './settings.js';

/** Where a command line comes from and where help goes. */
export interface SettingsIo {
  /** The environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gets help that was asked for. */
  readonly stdout: Writable;
  /** Gets what is wrong with the usage. */
  readonly stderr: Writable;
}

/**
 * Settings of a command line: flags, where there is none the environment, where that has none defaults.
 *
 * @param args - the words after the command's own name
 * @throws CommanderError for bad usage, help and version, which are written then; {@link InputError} for
 * settings that don't go together
 */
export function readSettings(
  args: readonly string[],
  { version, io }: { readonly version: string; readonly io: SettingsIo },
): Settings {
  const command = new Command('q-anchor-server')
    .description('Embeddings and scores of users over HTTP, from cached prefixes.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(--help shows the options)')
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    })
    .addHelpText(
      'after',
      [
        '',
        'Each flag has an environment variable, Q_ANCHOR_ and the name in capitals: Q_ANCHOR_MAX_QUEUED.',
        'API keys are given by --keys-file or Q_ANCHOR_KEYS, NAME:KEY separated by commas.',
        'SIGHUP loads the scenarios again; SIGTERM ends once requests under way are answered.',
      ].join('\n'),
    );
  for (const [, { flag, help, fallback, group }] of settingOptions) {
    if (flag === undefined) continue;
    const text = fallback === undefined ? help : `${help} (default: ${fallback})`;
    command.addOption(new Option(flag, text).preset('true').helpGroup(group));
  }
  command.parse([...args], { from: 'user' });
  const given = command.opts<Record<string, string>>();
  const read = settingOptions.map(([key, { flag, fallback }]) => {
    const [name, variable] = [flag?.split(' ')[0], variableOf(key)];
    const isGiven = given[key] !== undefined;
    const text = isGiven ? given[key] : (io.env[variable] ?? fallback);
    const source = isGiven || text === undefined ? `${name}` : variable;
    return [key, settingOf(key, { text, source })] as const;
  });
  const settings = Object.fromEntries(read) as unknown as Settings;
  checkTogether(settings);
  return settings;
}

function settingOf(
  key: keyof Settings,
  { text, source }: { readonly text: string | undefined; readonly source: string },
): unknown {
  const parsed = settingSchemas[key].safeParse(text);
  if (parsed.success) return parsed.data;
  const { message } = parsed.error.issues[0]!;
  if (text === undefined) {
    const fix = `Give it, or set ${variableOf(key)}`;
    throw new InputError({ where: source, expected: message, found: 'nothing', fix });
  }
  throw new InputError({ where: source, expected: message, found: `'${text}'` });
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

function checkTogether(settings: Settings): void {
  const { host, keys, keysFile, allowAnonymous } = settings;
  if (isLoopback(host) || keys !== undefined || keysFile !== undefined || allowAnonymous) return;
  throw new InputError({
    where: '--host',
    expected: 'a loopback address as long as there are no API keys',
    found: `'${host}'`,
    fix: 'Give --keys-file or Q_ANCHOR_KEYS, or say --allow-anonymous',
  });
}

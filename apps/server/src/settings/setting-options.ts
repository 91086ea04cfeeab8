import type { Settings } from './settings.js';

/** How a setting is given. */
export interface SettingOption {
  /** The flag with its placeholder; none where a value in a list of processes would give it away. */
  readonly flag?: string;
  /** What it is, with its unit. */
  readonly help: string;
  /** What it is where nothing is said, as text. */
  readonly fallback?: string;
  /** Where the help lists it. */
  readonly group: string;
}

const flags = {
  'Model:': {
    model: { flag: '--model <dir>', help: 'a model directory, or a run that has one' },
    name: { flag: '--name <name>', help: 'what requests call it', fallback: 'q-anchor' },
    device: {
      flag: '--device <name>',
      help: 'where to compute; auto is cuda where it works, else cpu',
      fallback: 'auto',
    },
    threads: { flag: '--threads <n>', help: 'threads of one run (default: the physical cores)' },
    nowDays: {
      flag: '--now-days <days>',
      help: "the time now, for events whose days don't count from 1970-01-01; it stands still (default: the clock)",
    },
    referenceStepDays: {
      flag: '--reference-step-days <days>',
      help: 'reference times are whole multiples of so many days; a prefix serves as long',
      fallback: '1',
    },
  },
  'Address:': {
    host: { flag: '--host <address>', help: 'address to listen on', fallback: '127.0.0.1' },
    port: { flag: '--port <n>', help: 'TCP port, 0 for any that is free', fallback: '8080' },
  },
  'State:': {
    state: {
      flag: '--state <dir>',
      help: 'folder of a journal: what was accepted survives a crash (default: users in memory alone)',
    },
    compactMib: {
      flag: '--compact-mib <MiB>',
      help: 'MiB of changes after which the journal is written anew',
      fallback: '64',
    },
  },
  'Cache of prefixes:': {
    cacheMib: { flag: '--cache-mib <MiB>', help: 'MiB of keys and values kept', fallback: '1024' },
    cacheTtlSeconds: {
      flag: '--cache-ttl-seconds <s>',
      help: 'seconds that a prefix is kept (default: no end)',
    },
    storage: {
      flag: '--storage <kind>',
      help: 'how numbers are kept: f32, f16 or int8',
      fallback: 'f32',
    },
    cacheDir: {
      flag: '--cache-dir <dir>',
      help: 'folder for prefixes, behind memory; outlasts a restart (default: none)',
    },
    cacheDirMib: { flag: '--cache-dir-mib <MiB>', help: 'MiB of its files', fallback: '8192' },
    redis: {
      flag: '--redis <url>',
      help: 'Redis for prefixes of several servers, behind the others; with a password better as Q_ANCHOR_REDIS (default: none)',
    },
    redisTtlSeconds: {
      flag: '--redis-ttl-seconds <s>',
      help: 'seconds that Redis keeps a prefix',
      fallback: '86400',
    },
  },
  'Limits:': {
    runTokens: { flag: '--run-tokens <n>', help: 'tokens of one run', fallback: '8192' },
    maxQueued: {
      flag: '--max-queued <n>',
      help: 'requests that may wait; more are told 429',
      fallback: '256',
    },
    timeoutMs: {
      flag: '--timeout-ms <ms>',
      help: 'milliseconds that a request may wait and run; then 504',
      fallback: '30000',
    },
    maxQueries: { flag: '--max-queries <n>', help: 'queries of a request', fallback: '64' },
    maxQueryChars: {
      flag: '--max-query-chars <n>',
      help: 'characters of a query; the model has a limit of tokens besides',
      fallback: '2000',
    },
    maxEvents: {
      flag: '--max-events <n>',
      help: 'events of a request, over all modalities',
      fallback: '5000',
    },
    maxBodyKib: { flag: '--max-body-kib <KiB>', help: 'KiB of a body', fallback: '1024' },
    maxConnections: {
      flag: '--max-connections <n>',
      help: 'open connections; more are closed at once',
      fallback: '1024',
    },
    headersTimeoutMs: {
      flag: '--headers-timeout-ms <ms>',
      help: 'milliseconds within which a request must have come, headers and body',
      fallback: '10000',
    },
  },
  'Keys:': {
    keysFile: {
      flag: '--keys-file <file>',
      help: 'API keys, NAME KEY or NAME sha256:HEX a line',
    },
    keys: { help: 'API keys, NAME:KEY separated by commas' },
    allowAnonymous: {
      flag: '--allow-anonymous [bool]',
      help: 'listen beyond this machine without keys',
      fallback: 'false',
    },
    openMetrics: {
      flag: '--open-metrics [bool]',
      help: '/metrics needs no key',
      fallback: 'false',
    },
    rate: {
      flag: '--rate <n>',
      help: 'requests a second of one key, 0 for any number',
      fallback: '0',
    },
    burst: {
      flag: '--burst <n>',
      help: 'requests at once of one key (default: those of two seconds)',
    },
  },
  'Ending and logs:': {
    drainDelayMs: {
      flag: '--drain-delay-ms <ms>',
      help: 'milliseconds between not being ready and closing the port, after SIGTERM',
      fallback: '0',
    },
    drainTimeoutMs: {
      flag: '--drain-timeout-ms <ms>',
      help: 'milliseconds that requests under way have to end',
      fallback: '20000',
    },
    logLevel: {
      flag: '--log-level <level>',
      help: 'trace, debug, info, warn, error, fatal or silent',
      fallback: 'info',
    },
  },
} satisfies Record<string, Partial<Record<keyof Settings, Omit<SettingOption, 'group'>>>>;

/** Every setting, in the order of the help. */
export const settingOptions: ReadonlyArray<readonly [keyof Settings, SettingOption]> =
  Object.entries(flags).flatMap(([group, options]) =>
    Object.entries(options).map(
      ([key, option]) => [key as keyof Settings, { ...option, group }] as const,
    ),
  );

/** The environment variable of a setting: `Q_ANCHOR_MAX_QUEUED` for `maxQueued`. */
export const variableOf = (key: keyof Settings): string =>
  `Q_ANCHOR_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

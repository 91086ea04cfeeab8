import { z } from 'zod';

const whole = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .regex(/^\d+$/, 'a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `at least ${min}`).max(max, `at most ${max}`));

const real = (min: number) =>
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/, 'a number')
    .transform(Number)
    .pipe(z.number().min(min, `at least ${min}`));

const yesNo = z.enum(['true', 'false'], 'true or false').transform((text) => text === 'true');

/** What can be set, from text: of a flag or of an environment variable. */
export const settingSchemas = {
  model: z.string().min(1, 'a directory'),
  name: z.string().regex(/^[\w.-]{1,64}$/, 'letters, digits, dots, dashes and underscores'),
  device: z.enum(['auto', 'cpu', 'webgpu', 'cuda', 'tensorrt', 'coreml', 'dml']),
  threads: whole(1).optional(),
  nowDays: real(-Infinity).optional(),
  referenceStepDays: real(1e-6),

  host: z.string().min(1, 'an address'),
  port: whole(0, 65_535),

  state: z.string().min(1, 'a folder').optional(),
  compactMib: whole(1),

  cacheMib: whole(0),
  cacheTtlSeconds: real(0).optional(),
  storage: z.enum(['f32', 'f16', 'int8']),
  cacheDir: z.string().min(1, 'a folder').optional(),
  cacheDirMib: whole(1),
  redis: z
    .string()
    .regex(/^rediss?:\/\//, 'an address that begins with redis:// or rediss://')
    .optional(),
  redisTtlSeconds: whole(1),

  runTokens: whole(1),
  maxQueued: whole(1),
  timeoutMs: whole(1),
  maxQueries: whole(1),
  maxQueryChars: whole(1),
  maxEvents: whole(1),
  maxBodyKib: whole(1),
  maxConnections: whole(1),
  headersTimeoutMs: whole(100),

  keysFile: z.string().min(1, 'a file').optional(),
  keys: z.string().optional(),
  allowAnonymous: yesNo,
  openMetrics: yesNo,
  rate: real(0),
  burst: whole(1).optional(),

  drainDelayMs: whole(0),
  drainTimeoutMs: whole(0),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
} as const;

/** Everything that was set. */
export type Settings = {
  readonly [Key in keyof typeof settingSchemas]: z.output<(typeof settingSchemas)[Key]>;
};

import { parseArgs } from 'node:util';

import type { Float32Storage } from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';

import {
  architectures,
  nanoShapes,
  publishedShapes,
  type Architecture,
  type Shape,
  type Sizes,
} from './shapes.js';

/** A checkpoint that somebody asks for. */
export interface CheckpointRequest extends Shape {
  /** How values are stored. */
  readonly storage: Float32Storage;
  /** Number of weight files. */
  readonly shards: number;
  /** Seed of the values. */
  readonly seed: number;
  /** The directory to make. */
  readonly out: string;
}

/** The help text. */
export const usage = `Usage: pnpm checkpoint --architecture qwen2|qwen3|bert --out DIR [options]

Makes a random checkpoint in Hugging Face's form: configuration, tokenizer, safetensors.

  --architecture NAME   ${architectures.join(', ')}; told by --shape where it names a model
  --shape NAME          nano (default), ${Object.keys(publishedShapes).join(', ')}
  --dtype NAME          f32 (default), f16, bf16
  --shards N            weight files (default: 1)
  --seed N              the same seed gives the same files (default: 1)
  --tied on|off         whether the output layer is the embedding table (default: as the shape has it)
  --vocabulary N --width N --layers N --heads N --kv-heads N --head-size N --feed-forward N
  --max-positions N     sizes in place of the shape's
  --out DIR             the directory to make; must not be there

Exit codes: 0 done, 1 failed, 2 bad usage.
`;

const storages: Readonly<Record<string, Float32Storage>> = { f32: 'F32', f16: 'F16', bf16: 'BF16' };

const sizeFlags = {
  vocabulary: 'vocabulary',
  width: 'width',
  layers: 'layers',
  heads: 'heads',
  'kv-heads': 'kvHeads',
  'head-size': 'headSize',
  'feed-forward': 'feedForward',
  'max-positions': 'maxPositions',
} as const satisfies Record<string, keyof Sizes>;

const text = { type: 'string' } as const;

function parsedFlags(args: readonly string[]): Readonly<Record<string, string | undefined>> {
  const sizes = Object.fromEntries(Object.keys(sizeFlags).map((flag) => [flag, text]));
  const others = { architecture: text, shape: text, dtype: text, shards: text, seed: text };
  try {
    const options = { ...sizes, ...others, tied: text, out: text };
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new InputError(
      { where: 'arguments', expected: 'known flags', found: (error as Error).message },
      { cause: error },
    );
  }
}

/**
 * What the words of a command line ask for.
 *
 * @throws {@link @q-anchor/core#InputError} naming the flag that is missing or wrong
 */
export function requestFrom(args: readonly string[]): CheckpointRequest {
  const flags = parsedFlags(args);
  const whole = (flag: string, least: number): number | undefined => {
    const value = flags[flag];
    if (value === undefined) return undefined;
    const number = Number(value);
    if (value !== '' && Number.isSafeInteger(number) && number >= least) return number;
    throw wrong(flag, `an integer of at least ${least}`, value);
  };
  const shape = shapeOf(flags['architecture'], flags['shape']);
  const sizes: Record<keyof Sizes, number> = { ...shape.sizes };
  for (const [flag, name] of Object.entries(sizeFlags)) {
    sizes[name] = whole(flag, 1) ?? sizes[name];
  }
  const storage = storages[flags['dtype'] ?? 'f32'];
  if (!storage) throw wrong('dtype', Object.keys(storages).join(', '), flags['dtype']);
  const { tied } = flags;
  if (tied !== undefined && (shape.architecture === 'bert' || !/^(?:on|off)$/.test(tied))) {
    throw wrong('tied', 'on or off, for a decoder', tied);
  }
  if (!flags['out']) throw wrong('out', 'a directory', flags['out']);
  return {
    architecture: shape.architecture,
    sizes,
    isTied: tied === undefined ? shape.isTied : tied === 'on',
    storage,
    shards: whole('shards', 1) ?? 1,
    seed: whole('seed', 0) ?? 1,
    out: flags['out'],
  };
}

function shapeOf(architecture: string | undefined, name = 'nano'): Shape {
  const isKnown = (architectures as readonly (string | undefined)[]).includes(architecture);
  const published = Object.hasOwn(publishedShapes, name) ? publishedShapes[name] : undefined;
  if (architecture === undefined ? published === undefined : !isKnown) {
    throw wrong('architecture', architectures.join(', '), architecture);
  }
  const shape = name === 'nano' ? nanoShapes[architecture as Architecture] : published;
  if (!shape) throw wrong('shape', `nano, ${Object.keys(publishedShapes).join(', ')}`, name);
  if (architecture !== undefined && architecture !== shape.architecture) {
    throw wrong('architecture', `${shape.architecture}, which ${name} is`, architecture);
  }
  return shape;
}

const wrong = (flag: string, expected: string, found: string | undefined): InputError =>
  new InputError({ where: `--${flag}`, expected, found: found ?? 'nothing' });

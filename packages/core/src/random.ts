import { InputError } from './errors.js';

/** A seeded stream of random numbers. The same seed gives the same stream on every machine. */
export interface Random {
  /** A number in `[0, 1)` with 53 random bits. */
  uniform(): number;
  /** A draw from the standard normal distribution. */
  normal(): number;
  /** An integer in `[0, size)`. */
  integer(size: number): number;
  /** One element of `items`. */
  pick<T>(items: readonly T[]): T;
  /** A new array with the elements of `items` in random order. */
  shuffled<T>(items: readonly T[]): T[];
  /** An independent stream; the same label gives the same stream, whatever was drawn before. */
  fork(label: string | number): Random;
}

/** 32-bit FNV-1a of a text, the seed of a fork. */
const hash32 = (text: string): number => {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    h ^= text.charCodeAt(i);
    h = Math.imul(h, 0x01000193);
  }
  return h >>> 0;
};

/** SplitMix32: spreads one 32-bit seed over the generator's state. */
const splitMix = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
};

/**
 * A seeded random stream (xoshiro128**, Blackman and Vigna 2018).
 *
 * @param seed - a non-negative safe integer
 * @throws {@link InputError} if the seed is not one
 * @example
 * ```ts
 * const random = createRandom(7);
 * random.uniform() === createRandom(7).uniform(); // true
 * ```
 */
export function createRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new InputError({ where: 'seed', expected: 'a non-negative integer', found: `${seed}` });
  }
  return createStream(`${seed}`, splitMix(hash32(`${seed}`)));
}

function createStream(path: string, seeds: () => number): Random {
  let a = seeds();
  let b = seeds();
  let c = seeds();
  let d = seeds() | 1;
  const next = (): number => {
    const r = Math.imul(b, 5);
    const out = Math.imul((r << 7) | (r >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return out;
  };
  const uniform = (): number => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
  let spare: number | undefined;
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  const integer = (size: number): number => Math.floor(uniform() * size);
  return {
    uniform,
    normal,
    integer,
    pick: (items) => items[integer(items.length)]!,
    shuffled: (items) => {
      const out = [...items];
      for (let i = out.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [out[i], out[j]] = [out[j]!, out[i]!];
      }
      return out;
    },
    fork: (label) => createStream(`${path}/${label}`, splitMix(hash32(`${path}/${label}`))),
  };
}

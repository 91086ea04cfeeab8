import { join } from 'node:path';

import { InputError, readJson } from '@q-anchor/core';

/** Numbers of a golden with their shape. */
export interface GoldenTensor {
  /** Sizes, outermost first; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** Elements in row-major order. */
  readonly values: readonly number[];
}

/** A place in a golden's JSON; what is not as expected is an {@link InputError} naming it. */
export interface Golden {
  /** File and keys. */
  readonly where: string;
  /** The JSON itself. */
  readonly json: unknown;
  /** Whether it is an object with that key. */
  has(key: string): boolean;
  /** The place below a key. */
  at(key: string): Golden;
  /** Places below all keys. */
  entries(): readonly (readonly [string, Golden])[];
  /** Places in a list. */
  list(): readonly Golden[];
  /** The number here. */
  number(): number;
  /** The number, or numbers in lists of lists of equal sizes, here. */
  tensor(): GoldenTensor;
}

/**
 * Reads a golden.
 *
 * @param directory - the folder of goldens
 * @param name - the file below it
 * @throws {@link InputError} if the file is missing or no JSON
 */
export async function readGolden(directory: string, name: string): Promise<Golden> {
  return goldenAt(name, await readJson(join(directory, name)));
}

/**
 * A place in a golden.
 *
 * @param where - file and keys, for errors
 * @param json - what stands there
 */
export function goldenAt(where: string, json: unknown): Golden {
  const wrong = (expected: string): InputError =>
    new InputError({ where, expected, found: shown(json) });
  const record = (): Record<string, unknown> => {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) throw wrong('an object');
    return json as Record<string, unknown>;
  };
  return {
    where,
    json,
    has: (key) => typeof json === 'object' && json !== null && Object.hasOwn(json, key),
    at(key) {
      const content = record();
      if (!Object.hasOwn(content, key)) throw wrong(`an object with the key '${key}'`);
      return goldenAt(`${where}: ${key}`, content[key]);
    },
    entries: () =>
      Object.entries(record()).map(([key, value]) => [key, goldenAt(`${where}: ${key}`, value)]),
    list() {
      if (!Array.isArray(json)) throw wrong('a list');
      return json.map((value, i) => goldenAt(`${where}[${i}]`, value));
    },
    number() {
      if (typeof json !== 'number') throw wrong('a number');
      return json;
    },
    tensor() {
      const shape: number[] = [];
      for (let part = json; Array.isArray(part); part = part[0]) shape.push(part.length);
      const values: number[] = [];
      const collect = (part: unknown, axis: number): void => {
        if (axis === shape.length && typeof part === 'number') values.push(part);
        else if (Array.isArray(part) && part.length === shape[axis]) {
          for (const item of part) collect(item, axis + 1);
        } else throw wrong('numbers in lists of equal sizes');
      };
      collect(json, 0);
      return { shape, values };
    },
  };
}

function shown(json: unknown): string {
  const text = JSON.stringify(json);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

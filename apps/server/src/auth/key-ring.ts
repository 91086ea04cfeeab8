import { createHash, timingSafeEqual } from 'node:crypto';

import { InputError, readText } from '@q-anchor/core';

/** API keys by name; only their digests are held. */
export interface KeyRing {
  /** How many there are; with none, nobody needs one. */
  readonly size: number;
  /** The name of a key, in a time that doesn't depend on which one it is; undefined if it is none. */
  nameOf(key: string): string | undefined;
}

const digestOf = (key: string): Buffer => createHash('sha256').update(key).digest();
const digestPattern = /^sha256:([0-9a-f]{64})$/i;
const minKeyLength = 16;

/**
 * Keys of a file and of a list. A line of the file is `NAME KEY` or `NAME sha256:HEX`; empty ones and
 * those that begin with `#` are passed over. The list is `NAME:KEY` with commas between.
 *
 * @throws {@link InputError} naming the line, never the key
 */
export async function readKeyRing(from: {
  readonly keysFile?: string | undefined;
  readonly keys?: string | undefined;
}): Promise<KeyRing> {
  const { keysFile, keys } = from;
  const digests = new Map<string, Buffer>();
  const add = (where: string, pair: RegExpExecArray | null): void => {
    const [, name = '', key = ''] = pair ?? [];
    const refuse = (expected: string, found: string): InputError =>
      new InputError({ where, expected, found });
    if (name === '') throw refuse('a name and a key', 'something else');
    if (digests.has(name)) throw refuse('a name of its own', `${name} again`);
    const hex = digestPattern.exec(key)?.[1];
    if (hex === undefined && key.length < minKeyLength) {
      throw refuse(`a key of at least ${minKeyLength} characters`, `${key.length}`);
    }
    digests.set(name, hex === undefined ? digestOf(key) : Buffer.from(hex, 'hex'));
  };
  if (keysFile !== undefined) {
    for (const [i, line] of (await readText(keysFile)).split(/\r?\n/).entries()) {
      if (/^\s*(#|$)/.test(line)) continue;
      add(`${keysFile}, line ${i + 1}`, /^\s*(\S+)\s+(\S+)\s*$/.exec(line));
    }
    if (digests.size === 0) {
      throw new InputError({ where: keysFile, expected: 'a key', found: 'none' });
    }
  }
  for (const [i, pair] of (keys ?? '').split(',').entries()) {
    if (pair.trim() !== '')
      add(`Q_ANCHOR_KEYS, key ${i + 1}`, /^\s*([^\s:]+):(\S+)\s*$/.exec(pair));
  }
  return {
    size: digests.size,
    nameOf(key) {
      const digest = digestOf(key);
      let found: string | undefined;
      for (const [name, known] of digests) if (timingSafeEqual(known, digest)) found = name;
      return found;
    },
  };
}

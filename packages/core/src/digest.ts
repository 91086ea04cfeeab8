import { createHash } from 'node:crypto';

/** A value whose digest is defined: JSON plus binary arrays. */
export type Digestible =
  | null
  | boolean
  | number
  | string
  | ArrayBufferView
  | readonly Digestible[]
  | { readonly [key: string]: Digestible | undefined };

/**
 * SHA-256 of a value, as 64 hexadecimal digits.
 *
 * Object keys are sorted and every part is tagged with its type and length, so that equal content
 * gives equal digests and different structure never collides by concatenation.
 *
 * @example
 * ```ts
 * digestOf({ a: 1, b: 2 }) === digestOf({ b: 2, a: 1 }); // true
 * ```
 */
export function digestOf(value: Digestible): string {
  const hash = createHash('sha256');
  const visit = (part: Digestible): void => {
    if (part === null) hash.update('n;');
    else if (typeof part === 'boolean') hash.update(part ? 't;' : 'f;');
    else if (typeof part === 'number') hash.update(`d${Object.is(part, -0) ? '-0' : part};`);
    else if (typeof part === 'string') hash.update(`s${Buffer.byteLength(part)}:${part};`);
    else if (ArrayBuffer.isView(part)) {
      hash.update(`b${part.constructor.name},${part.byteLength}:`);
      hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    } else if (Array.isArray(part)) {
      hash.update(`a${part.length}:`);
      for (const item of part) visit(item as Digestible);
    } else {
      const entries = Object.entries(part as Record<string, Digestible | undefined>)
        .filter((entry): entry is [string, Digestible] => entry[1] !== undefined)
        .toSorted(([a], [b]) => (a < b ? -1 : 1));
      hash.update(`o${entries.length}:`);
      for (const [key, item] of entries) {
        visit(key);
        visit(item);
      }
    }
  };
  visit(value);
  return hash.digest('hex');
}

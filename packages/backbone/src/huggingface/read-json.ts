import { readFile } from 'node:fs/promises';

import { InputError } from '@q-anchor/core';
import type { z } from 'zod';

/**
 * The JSON of a file; undefined where there is no such file.
 *
 * @throws {@link @q-anchor/core#InputError} if it cannot be read or is not JSON
 */
export async function readOptionalJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new InputError(
      { where: path, expected: 'a readable file', found: (error as Error).message },
      { cause: error },
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(
      { where: path, expected: 'JSON', found: (error as SyntaxError).message },
      { cause: error },
    );
  }
}

/**
 * A value as a schema wants it.
 *
 * @throws {@link @q-anchor/core#InputError} naming the file, the key, and what is wrong with it
 */
export function parsedBy<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const found = path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
  throw new InputError({
    where: path.length === 0 ? where : `${where}, key '${path.join('.')}'`,
    expected: message,
    found: (JSON.stringify(found) ?? 'nothing').slice(0, 80),
  });
}

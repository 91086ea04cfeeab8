import { readFile } from 'node:fs/promises';

import { InputError } from '@q-anchor/core';
import type { z } from 'zod';

/**
 * Reads a JSON file.
 *
 * @throws {@link @q-anchor/core#InputError} if it is missing or not JSON
 */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new InputError(
      { where: path, expected: 'a readable file', found: isMissing ? 'no file' : String(error) },
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

/** Checks parsed JSON; the error names the file, the key and what is wrong with it. */
export function checkedJson<T>(json: unknown, options: { schema: z.ZodType<T>; path: string }): T {
  const parsed = options.schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  let found: unknown = json;
  for (const key of issue.path) found = (found as Record<PropertyKey, unknown> | undefined)?.[key];
  throw new InputError({
    where: `${options.path}, key '${issue.path.join('.')}'`,
    expected: issue.message,
    found: (JSON.stringify(found) ?? 'nothing').slice(0, 200),
  });
}

/** JSON as it is stored: indented, with an end of line. */
export const toJsonText = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

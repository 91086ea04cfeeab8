import { InputError } from './errors.js';
import { readOptionalText, readText, writeFileAtomic } from './files.js';

/** What {@link parsedBy} checks by; zod's schemas are such. */
export interface Schema<T> {
  /** The value as the schema has it, or what is wrong, by place. */
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly {
            readonly path: readonly PropertyKey[];
            readonly message: string;
          }[];
        };
      };
}

/**
 * The JSON of a text.
 *
 * @param text - the text
 * @param where - the file or place it comes from, for errors
 * @throws {@link InputError} if it is not JSON
 */
export function jsonOf(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(
      { where, expected: 'JSON', found: (error as SyntaxError).message },
      { cause: error },
    );
  }
}

/**
 * The JSON of a file; undefined where there is no such file.
 *
 * @param path - the file
 * @throws {@link InputError} if it cannot be read or is not JSON
 */
export async function readOptionalJson(path: string): Promise<unknown> {
  const text = await readOptionalText(path);
  return text === undefined ? undefined : jsonOf(text, path);
}

/**
 * The JSON of a file.
 *
 * @param path - the file
 * @throws {@link InputError} if it is missing, cannot be read or is not JSON
 */
export async function readJson(path: string): Promise<unknown> {
  return jsonOf(await readText(path), path);
}

/**
 * Writes a JSON file, indented, whole or not at all.
 *
 * @param path - the file; missing folders are made
 * @param value - what to write
 */
export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFileAtomic(path, `${JSON.stringify(value, undefined, 2)}\n`);

const longestFound = 200;

/**
 * A value as a schema wants it.
 *
 * @param value - parsed JSON
 * @param options - the schema to check by, and the file the value comes from
 * @throws {@link InputError} naming the file, the first key that is wrong, and what was found there
 */
export function parsedBy<T>(
  value: unknown,
  options: { readonly schema: Schema<T>; readonly where: string },
): T {
  const { schema, where } = options;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const found = path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | null | undefined)?.[key],
    value,
  );
  throw new InputError({
    where: path.length === 0 ? where : `${where}, key '${path.map(String).join('.')}'`,
    expected: message,
    found: (JSON.stringify(found) ?? 'nothing').slice(0, longestFound),
  });
}

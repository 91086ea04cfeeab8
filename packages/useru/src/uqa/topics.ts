import { InputError, readText } from '@q-anchor/core';
import { parseDocument } from 'yaml';
import { z } from 'zod';

import builtIn from './life-topics.json' with { type: 'json' };

/** A part of life that events may touch, found by words. */
export interface LifeTopic {
  /** Its name in pair files, unique. */
  readonly id: string;
  /** The life domain it belongs to. */
  readonly domain: string;
  /** How a query names it, e.g. `food and drink`. */
  readonly name: string;
  /** Lower-case words, or pairs of words, that show it; a plural in -s or -es counts too. */
  readonly keywords: readonly string[];
}

/**
 * The built-in 72 life topics, the content of `@q-anchor/useru/life-topics.json`: copy that file,
 * change it, and read it by {@link readTopics}.
 */
export const lifeTopics: readonly LifeTopic[] = builtIn;

/** Names that the structural topics of any data go by in pair files. */
export const structuralTopics: readonly string[] = [
  'activity',
  'recency',
  'silence',
  'trend',
  'favourites',
  'diversity',
  'peak',
  'mix',
  'weekend',
  'daytime',
  'rhythm',
  'comparison',
  'background',
  'modality',
  'category',
];

const text = z.string().trim().min(1);
const topicsSchema = z
  .array(
    z.strictObject({
      id: z
        .string()
        .regex(/^[a-z][a-z0-9-]*$/u, 'a name of lower-case letters, digits and "-"')
        .refine((id) => !structuralTopics.includes(id), {
          error: 'a name not taken by a structural topic',
        }),
      domain: text,
      name: text,
      keywords: z
        .array(
          text.toLowerCase().refine((keyword) => keyword.split(/\s+/u).length <= 4, {
            error: 'at most four words',
          }),
        )
        .min(1),
    }),
  )
  .min(1);

/**
 * Reads and checks life topics.
 *
 * @param content - YAML or JSON: a list of `{ id, domain, name, keywords }`
 * @param where - what to call it in errors: its path
 * @throws {@link @q-anchor/core#InputError} naming the entry that is wrong
 */
export function parseTopics(content: string, where: string): LifeTopic[] {
  const document = parseDocument(content);
  const syntax = document.errors[0];
  if (syntax !== undefined) {
    throw new InputError(
      { where, expected: 'YAML or JSON', found: syntax.message.split('\n')[0] ?? syntax.code },
      { cause: syntax },
    );
  }
  const result = topicsSchema.safeParse(document.toJS());
  if (!result.success) {
    const issue = result.error.issues[0]!;
    throw new InputError({
      where: [where, ...issue.path.map(String)].join(': '),
      expected: 'topics as a list of { id, domain, name, keywords }',
      found: issue.message,
    });
  }
  for (const key of ['id', 'name'] as const) {
    const values = result.data.map((topic) => topic[key]);
    const repeated = values.find((value, i) => values.indexOf(value) !== i);
    if (repeated !== undefined) {
      throw new InputError({
        where,
        expected: `each ${key} once`,
        found: `"${repeated}" again`,
      });
    }
  }
  return result.data;
}

/**
 * Reads a file of life topics; see {@link parseTopics}.
 *
 * @throws {@link @q-anchor/core#InputError} if the file can't be read or something in it is wrong
 */
export async function readTopics(path: string): Promise<LifeTopic[]> {
  return parseTopics(await readText(path), path);
}

import { z } from 'zod';

import type { ChatAnswer } from './chat-endpoint.js';

/** A schema as an endpoint takes it. */
export const schemaOf = (schema: z.ZodType): Record<string, unknown> => {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema);
  return rest;
};

/** An answer read: its value, or what is wrong with it. */
type Reading<T> =
  | { readonly isValid: true; readonly value: T }
  | { readonly isValid: false; readonly complaint: string };

/** Reads an answer that should be JSON of a shape. */
export const readJson = <T>({ content, isWhole }: ChatAnswer, schema: z.ZodType<T>): Reading<T> => {
  if (!isWhole) return { isValid: false, complaint: 'it was cut at the token limit' };
  let json: unknown;
  try {
    // Models without enforced schemas like to put JSON between fences.
    json = JSON.parse(content.trim().replace(/^```(?:json)?\s*([\s\S]*?)\s*```$/u, '$1'));
  } catch {
    return { isValid: false, complaint: 'it was not JSON' };
  }
  const result = schema.safeParse(json);
  if (result.success) return { isValid: true, value: result.data };
  const { path, message } = result.error.issues[0]!;
  return { isValid: false, complaint: `${path.map(String).join('.') || 'the answer'}: ${message}` };
};

import { parsedBy, readOptionalJson } from '@q-anchor/core';
import { z } from 'zod';

const formatVersion = 1;

/** Shares of attention by what is looked at: user token, each modality, events, prompts, question. */
const shares = z.record(z.string(), z.number().min(0));

const header = z.object({
  formatVersion: z.literal(formatVersion, { error: `format version ${formatVersion}` }),
});

const schema = header.extend({
  /** Mean over these many users, layers and heads. */
  users: z.int().positive(),
  layers: z.int().positive(),
  heads: z.int().positive(),
  scenarios: z.record(
    z.string(),
    z.object({
      /** From `<|user_emb|>`, asked the scenario's question. */
      before: shares,
      /** The same behind tuned prompts. */
      after: shares.optional(),
      /** What the shares would be if every token got as much. */
      even: shares.optional(),
      /** The events of one user that got most. */
      topEvents: z
        .array(
          z.object({
            modality: z.string(),
            text: z.string(),
            daysBefore: z.number(),
            share: z.number(),
            /** Before tuning, where `share` is after. */
            shareBefore: z.number().optional(),
          }),
        )
        .optional(),
    }),
  ),
});

/** The content of a run's `attention.json`: where attention goes, by scenario. */
export type AttentionFile = z.infer<typeof schema>;

/**
 * Reads a run's `attention.json`; nothing where there is none.
 *
 * @throws {@link @q-anchor/core#InputError} if it is of another version or none
 */
export async function readAttentionFile(path: string): Promise<AttentionFile | undefined> {
  const json = await readOptionalJson(path);
  if (json === undefined) return undefined;
  parsedBy(json, { schema: header, where: path });
  return parsedBy(json, { schema, where: path });
}

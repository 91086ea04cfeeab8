import { parsedBy, readOptionalJson, writeJson } from '@q-anchor/core';
import { z } from 'zod';

const formatVersion = 1;

const compared = z.object({
  name: z.string(),
  label: z.string(),
  row: z.enum(['query', 'promptTuned']),
});

const schema = z.object({
  formatVersion: z.literal(formatVersion, { error: `format version ${formatVersion}` }),
  scale: z.string(),
  seed: z.int(),
  /** Names of folders below `runs`. */
  main: z.string(),
  ablations: z.array(compared),
  scaling: z.array(compared.extend({ share: z.number() })),
  seeds: z.array(compared),
});

/** The content of `reproduction.json`: which runs are set beside which. */
export type ReproductionDescription = Omit<z.infer<typeof schema>, 'formatVersion'>;

/** Writes what a report of a reproduction is made from. */
export async function writeDescription(
  path: string,
  description: ReproductionDescription,
): Promise<void> {
  await writeJson(path, { formatVersion, ...description });
}

/**
 * Reads `reproduction.json`; nothing where there is none.
 *
 * @throws {@link @q-anchor/core#InputError} if it is of another version or none
 */
export async function readDescription(path: string): Promise<ReproductionDescription | undefined> {
  const json = await readOptionalJson(path);
  return json === undefined ? undefined : parsedBy(json, { schema, where: path });
}

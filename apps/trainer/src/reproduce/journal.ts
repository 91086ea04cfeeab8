import { appendFile } from 'node:fs/promises';

import { InputError, jsonOf, parsedBy, readOptionalText, writeFileAtomic } from '@q-anchor/core';
import { z } from 'zod';

const formatVersion = 1;

const headerSchema = z.object({
  formatVersion: z.literal(formatVersion, { error: `format version ${formatVersion}` }),
  scale: z.string(),
  seed: z.int(),
  /** Of q-anchor, with the commit of its sources. */
  version: z.string(),
  /** Digest of all command lines. */
  plan: z.string(),
});

const finishedSchema = z.object({ step: z.string(), seconds: z.number(), time: z.string() });

/** What must be the same for a reproduction to be gone on with. */
export type JournalHeader = Omit<z.infer<typeof headerSchema>, 'formatVersion'>;

/** A step that was done to its end. */
type FinishedStep = z.infer<typeof finishedSchema>;

/** What has been done of a reproduction. */
export interface Journal {
  /** Seconds by step. */
  readonly finished: ReadonlyMap<string, number>;
  /** Notes a step. */
  add(step: string, seconds: number): Promise<void>;
}

/**
 * Opens the journal of a reproduction, a new one where there is none. A last line that was cut off is
 * a step that is done again.
 *
 * @throws {@link @q-anchor/core#InputError} if it is of another scale, seed, version or plan, or no journal
 */
export async function openJournal(path: string, header: JournalHeader): Promise<Journal> {
  const text = await readOptionalText(path);
  if (text === undefined) {
    await writeFileAtomic(path, `${JSON.stringify({ formatVersion, ...header })}\n`);
    return journalOf(path, []);
  }
  // What follows the last end of line was cut off.
  const [first = '', ...lines] = text.split('\n').slice(0, -1);
  const where = (line: number): string => `${path}, line ${line + 1}`;
  requireSame(
    path,
    parsedBy(jsonOf(first, where(0)), { schema: headerSchema, where: where(0) }),
    header,
  );
  const finished = lines.map((line, i) =>
    parsedBy(jsonOf(line, where(i + 1)), { schema: finishedSchema, where: where(i + 1) }),
  );
  if (!text.endsWith('\n')) {
    await writeFileAtomic(path, [first, ...lines].map((line) => `${line}\n`).join(''));
  }
  return journalOf(path, finished);
}

function journalOf(path: string, former: readonly FinishedStep[]): Journal {
  const finished = new Map(former.map(({ step, seconds }) => [step, seconds]));
  return {
    finished,
    async add(step, seconds) {
      const line: FinishedStep = { step, seconds, time: new Date().toISOString() };
      await appendFile(path, `${JSON.stringify(line)}\n`);
      finished.set(step, seconds);
    },
  };
}

const words: Readonly<Record<keyof JournalHeader, string>> = {
  scale: 'scale',
  seed: 'seed',
  version: 'version of q-anchor',
  plan: 'plan',
};

function requireSame(path: string, former: JournalHeader, now: JournalHeader): void {
  for (const key of ['scale', 'seed', 'version', 'plan'] as const) {
    if (former[key] === now[key]) continue;
    throw new InputError({
      where: `${path}, ${words[key]}`,
      expected: `${former[key]}, as when the reproduction was started`,
      found: `${now[key]}`,
      fix: 'Go on with it as it was, or start another one with another --out',
    });
  }
}

import { join } from 'node:path';

import type { SkippedTopic } from '../uqa/annotator.js';
import { openJournal, type JournalRecord } from './journal.js';
import type { Verdict } from './prompts.js';

/** A line of `transcripts.jsonl`: how one pair came about, or why it did not. */
interface Transcript extends JournalRecord {
  readonly key: string;
  /** A digest of the profile. */
  readonly subject: string;
  readonly topic: string;
  readonly verdict: Verdict['verdict'] | 'skipped';
  readonly reason: string;
  readonly model: string;
  /** Of a pair: what was asked, drafted and said in the end, and the questions behind it. */
  readonly query?: string;
  readonly draft?: string;
  readonly answer?: string;
  readonly calls?: { readonly draft: string; readonly reflect: string };
}

/** The transcripts of a directory, counted. */
export interface Transcripts extends AsyncDisposable {
  /** Adds a line, unless it is there: users with equal profiles share one. */
  add(transcript: Transcript): Promise<void>;
  /** How many lines have each verdict. */
  counts(): Readonly<Record<Transcript['verdict'], number>>;
  /** The first of the skipped topics, by subject and topic. */
  skipped(): readonly SkippedTopic[];
}

const maxListed = 100;

/** Opens `transcripts.jsonl` of a directory, or begins it. */
export async function openTranscripts(directory: string): Promise<Transcripts> {
  const counts = { supported: 0, revised: 0, dropped: 0, skipped: 0 };
  let listed: SkippedTopic[] = [];
  const first = (): SkippedTopic[] =>
    listed
      .toSorted((a, b) => compare(a.subject, b.subject) || compare(a.topic, b.topic))
      .slice(0, maxListed);
  const note = ({ verdict, subject, topic, reason }: Transcript): void => {
    counts[verdict]++;
    if (verdict !== 'skipped') return;
    listed.push({ subject, topic, reason });
    if (listed.length > 2 * maxListed) listed = first();
  };
  const journal = await openJournal(join(directory, 'transcripts.jsonl'), (record) =>
    note(record as Transcript),
  );
  return {
    add: async (transcript) => {
      if (journal.has(transcript.key)) return;
      await journal.append(transcript);
      note(transcript);
    },
    counts: () => ({ ...counts }),
    skipped: first,
    [Symbol.asyncDispose]: () => journal[Symbol.asyncDispose](),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

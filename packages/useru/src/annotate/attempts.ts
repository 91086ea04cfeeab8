import type { ChatMessage } from './chat-endpoint.js';
import type { JournalRecord } from './journal.js';
import type { TokenPrices, TokenUsage } from './ledger.js';

/** The line of the journal a spent attempt leaves; one with a key holds a valid answer. */
export interface AttemptRecord extends JournalRecord {
  readonly type: 'answer' | 'rejected';
  /** The digest of what was asked. */
  readonly question: string;
  /** What it was asked for, e.g. `draft`. */
  readonly stage: string;
  readonly usage: TokenUsage;
  readonly prices: TokenPrices;
  readonly cost: number;
  /** What is wrong with a rejected answer. */
  readonly complaint?: string;
  /** Of a valid one: what was asked, and the answer. */
  readonly messages?: readonly ChatMessage[];
  readonly value?: unknown;
}

/** What became of the attempts so far, those of earlier runs included. */
export interface AttemptHistory {
  /** Takes a line of the journal, as it is read or written. */
  note(record: AttemptRecord): void;
  /** How many answers to a question were not valid, and what was wrong with the last. */
  rejectedOf(question: string): { readonly rejected: number; readonly complaint: string };
  /** Valid answers, and those that weren't. */
  counts(): { readonly answered: number; readonly rejected: number };
}

/** A history without any attempt. */
export function createAttemptHistory(): AttemptHistory {
  const open = new Map<string, { readonly rejected: number; readonly complaint: string }>();
  let [answered, rejected] = [0, 0];
  const rejectedOf: AttemptHistory['rejectedOf'] = (question) =>
    open.get(question) ?? { rejected: 0, complaint: '' };
  return {
    note: ({ type, question, complaint = '' }) => {
      if (type === 'answer') {
        answered++;
        open.delete(question);
        return;
      }
      rejected++;
      open.set(question, { rejected: rejectedOf(question).rejected + 1, complaint });
    },
    rejectedOf,
    counts: () => ({ answered, rejected }),
  };
}

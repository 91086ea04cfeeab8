import { tableText, type TableColumn } from '../display/table.js';
import type { AttentionOutcome } from './read-attention.js';
import type { ShareRecord } from './share-record.js';

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

const right = (title: string): TableColumn => ({ title, align: 'right' });

/** By how much a share has changed, relative to what it was. */
const change = (before: number, after: number): string => {
  if (before === 0) return '';
  const relative = Math.round(1000 * (after / before - 1)) / 10;
  // Plus 0 is no sign: rounding may leave -0.
  return `${relative > 0 ? '+' : ''}${(relative + 0).toFixed(1)} %`;
};

const isOfPrefix = (name: string): boolean => !['prompts', 'question', 'itself'].includes(name);

/** What goes to the prefix: prompts draw attention to themselves, so that all of it gets less. */
const prefixShare = (shares: ShareRecord): number =>
  Object.entries(shares).reduce((sum, [name, share]) => sum + (isOfPrefix(name) ? share : 0), 0);

/** An outcome for people. */
export function attentionText(outcome: AttentionOutcome): string {
  const { asked, before, after } = outcome;
  const names = Object.keys((after ?? before).shares);
  const columns = [
    { title: 'attention to' },
    right('spread evenly'),
    right(after ? 'before tuning' : 'share'),
    ...(after ? [right('after'), right('change'), right('within the prefix')] : []),
    ...(after?.fromPrompts ? [right('from prompts')] : []),
  ];
  const rows = names.map((name) => {
    const share = before.shares[name] ?? 0;
    const cells = [name, percent((after ?? before).even[name]!), percent(share)];
    if (!after) return cells;
    const tuned = after.shares[name]!;
    return [
      ...cells,
      percent(tuned),
      change(share, tuned),
      isOfPrefix(name)
        ? change(share / prefixShare(before.shares), tuned / prefixShare(after.shares))
        : '',
      ...(after.fromPrompts ? [percent(after.fromPrompts[name]!)] : []),
    ];
  });
  const questions = asked.before.map(({ query }) => `"${query}"`).join(', ');
  return [`${asked.name}: ${questions}`, tableText(columns, rows), ...eventLines(outcome)].join(
    '\n',
  );
}

function eventLines({ topEvents, after }: AttentionOutcome): readonly string[] {
  if (!topEvents) return [];
  const columns = [
    right('share'),
    ...(after ? [right('before tuning')] : []),
    right('days before'),
    { title: 'modality' },
    { title: 'event' },
  ];
  const rows = topEvents.map(({ share, shareBefore, daysBefore, modality, text }) => [
    percent(share),
    ...(after ? [percent(shareBefore!)] : []),
    daysBefore.toFixed(1),
    modality,
    text,
  ]);
  return ['', tableText(columns, rows)];
}

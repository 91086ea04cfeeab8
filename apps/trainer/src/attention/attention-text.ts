import { tableText, type TableColumn } from '../display/table.js';
import type { AttentionOutcome } from './read-attention.js';

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

const right = (title: string): TableColumn => ({ title, align: 'right' });

/** By how much a share has changed, relative to what it was. */
const change = (before: number, after: number): string => {
  if (before === 0) return '';
  const relative = 100 * (after / before - 1);
  return `${relative > 0 ? '+' : ''}${relative.toFixed(1)} %`;
};

/** An outcome for people. */
export function attentionText(outcome: AttentionOutcome): string {
  const { asked, before, after } = outcome;
  const names = Object.keys((after ?? before).shares);
  const columns = [
    { title: 'attention to' },
    right('spread evenly'),
    right(after ? 'before tuning' : 'share'),
    ...(after ? [right('after'), right('change')] : []),
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

import type { Row } from './result.js';

const headings = ['model or files', 'quantity', 'relative', 'absolute', 'verdict', ''] as const;

const shown = (value: number | undefined): string =>
  value === undefined ? '' : value === 0 ? '0' : value.toExponential(1);

/** Rows as lines in columns, and a line that sums them up. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row, i) => [
    row.name === rows[i - 1]?.name ? '' : row.name,
    row.quantity,
    shown(row.relative),
    shown(row.absolute),
    row.isMet ? 'pass' : 'MISS',
    row.remark ?? '',
  ]);
  const widths = headings.map((heading, c) =>
    Math.max(heading.length, ...cells.map((line) => line[c]!.length)),
  );
  const line = (parts: readonly string[]): string =>
    parts
      .map((part, c) => (c === 2 || c === 3 ? part.padStart(widths[c]!) : part.padEnd(widths[c]!)))
      .join('  ')
      .trimEnd();
  const met = rows.filter(({ isMet }) => isMet).length;
  const summary = `${rows.length} rows: ${met} pass, ${rows.length - met} miss`;
  return [line(headings), ...cells.map(line), '', summary, ''].join('\n');
}

import type { Row } from './result.js';

const headings = ['golden', 'error', 'tolerance', 'verdict', ''] as const;

const shown = (value: number | undefined): string =>
  value === undefined ? '' : value === 0 ? '0' : value.toExponential(1);

/** Rows as lines in columns, and a line that sums them up. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map(({ name, error, tolerance, verdict, remark }) => [
    name,
    shown(error),
    shown(tolerance),
    verdict,
    remark ?? '',
  ]);
  const widths = headings.map((heading, c) =>
    Math.max(heading.length, ...cells.map((line) => line[c]!.length)),
  );
  const line = (parts: readonly string[]): string =>
    parts
      .map((part, c) => (c === 1 || c === 2 ? part.padStart(widths[c]!) : part.padEnd(widths[c]!)))
      .join('  ')
      .trimEnd();
  const counts = new Map<string, number>();
  for (const { verdict } of rows) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const summary = [...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ');
  return [line(headings), ...cells.map(line), '', `${rows.length} rows: ${summary}`, ''].join('\n');
}

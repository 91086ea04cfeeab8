/** A column of a table. */
export interface TableColumn {
  /** Its heading. */
  readonly title: string;
  /** Numbers stand on the right. */
  readonly align?: 'left' | 'right';
}

/** Rows of texts as a table, columns two spaces apart. */
export function tableText(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
): string {
  const widths = columns.map(({ title }, c) =>
    Math.max(title.length, ...rows.map((row) => row[c]!.length)),
  );
  const lineOf = (cells: readonly string[]): string =>
    cells
      .map((cell, c) =>
        columns[c]!.align === 'right' ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!),
      )
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width));
  return [columns.map(({ title }) => title), rule, ...rows].map((row) => lineOf(row)).join('\n');
}

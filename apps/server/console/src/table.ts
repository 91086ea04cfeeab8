import { element } from './element.js';

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Node | string;
  readonly isNumber?: boolean;
}

/** A table; the first column names its row. */
export function table<Row>(
  rows: readonly Row[],
  { caption, columns }: { readonly caption: string; readonly columns: readonly Column<Row>[] },
): HTMLElement {
  const kind = ({ isNumber }: Column<Row>): Record<string, string> =>
    isNumber ? { class: 'n' } : {};
  const head = columns.map((column) =>
    element('th', { scope: 'col', ...kind(column) }, column.title),
  );
  const body = rows.map((row) =>
    element(
      'tr',
      {},
      ...columns.map((column, i) =>
        i === 0
          ? element('th', { scope: 'row' }, column.cell(row))
          : element('td', kind(column), column.cell(row)),
      ),
    ),
  );
  return element(
    'div',
    { class: 'scroll' },
    element(
      'table',
      {},
      element('caption', {}, caption),
      element('thead', {}, element('tr', {}, ...head)),
      element('tbody', {}, ...body),
    ),
  );
}

const percent = (value: number): string => `${(100 * Math.min(1, value)).toFixed(1)}%`;

/** A share as a bar beside its number, with a mark where an even spread would be. */
export function bar(share: number, even?: number): HTMLElement {
  const track = element('span', { class: 'bar', 'aria-hidden': 'true' });
  const fill = element('span', { class: 'fill' });
  fill.style.width = percent(share);
  track.append(fill);
  if (even !== undefined) {
    const mark = element('span', { class: 'even' });
    mark.style.left = percent(even);
    track.append(mark);
  }
  return element('span', { class: 'measure' }, track, ` ${(100 * share).toFixed(1)} %`);
}

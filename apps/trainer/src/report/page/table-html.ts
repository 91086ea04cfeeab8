import type { Cell, MeasuredCell, ReportColumn, ReportTable } from '../model.js';
import { escapeHtml } from './escape.js';

/** A number as tables show it, with a true minus sign. */
export const numberText = (value: number, digits: number): string => {
  const text = value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return /[1-9]/u.test(text) ? text.replace('-', '−') : text.replace('-', '');
};

const isMeasured = (cell: Cell): cell is MeasuredCell => typeof cell === 'object' && cell !== null;

const valueOf = (cell: Cell): number | undefined => {
  if (typeof cell === 'number') return cell;
  return isMeasured(cell) ? cell.value : undefined;
};

/** A table with its caption and notes. */
export function tableHtml(table: ReportTable): string {
  const { caption, columns, rows, notes = [] } = table;
  const isNumeric = columns.map(
    (_, c) => c > 0 && rows.every((row) => row[c] === null || valueOf(row[c]!) !== undefined),
  );
  const head = columns
    .map(
      ({ title }, c) =>
        `<th scope="col"${isNumeric[c] ? ' class="n"' : ''}>${escapeHtml(title)}</th>`,
    )
    .join('');
  const body = rows
    .map((row) => {
      const cells = row.map((cell, c) =>
        c === 0 && typeof cell === 'string'
          ? `<th scope="row">${escapeHtml(cell)}</th>`
          : `<td${isNumeric[c] ? ' class="n"' : ''}>${cellHtml(cell, columns[c]!)}</td>`,
      );
      return `<tr>${cells.join('')}</tr>`;
    })
    .join('\n');
  const after =
    notes.length === 0 ? '' : `<p class="notes">${notes.map(escapeHtml).join('<br>')}</p>`;
  return (
    `<div class="table"><table><caption>${escapeHtml(caption)}</caption>` +
    `<thead><tr>${head}</tr></thead>\n<tbody>${body}</tbody></table></div>${after}`
  );
}

function cellHtml(cell: Cell, { digits = 3 }: ReportColumn): string {
  if (cell === null) return '–';
  if (typeof cell === 'string') return escapeHtml(cell);
  if (typeof cell === 'number') return numberText(cell, digits);
  const { value, interval, marks = [] } = cell;
  const [low, high] = interval ?? [];
  const own = `<data value="${value}">${numberText(value, digits)}</data>`;
  const signs =
    marks.length === 0 ? '' : `<span class="marks">${escapeHtml(marks.join(' '))}</span>`;
  const reach =
    low === undefined || high === undefined
      ? ''
      : ` <small>${numberText(low, digits)} to ${numberText(high, digits)}</small>`;
  return own + signs + reach;
}

import { chartSvg } from '../charts/svg.js';
import type { BarChart, Cell, Chart, LineChart, ReportTable } from '../model.js';
import { elementId, escapeHtml } from './escape.js';
import { tableHtml } from './table-html.js';

/** Lines of more points than this have their numbers in the JSON alone. */
const mostRows = 24;

/** A chart with its title and, where they are few, its numbers. */
export function chartHtml(chart: Chart): string {
  const numbers = numbersOf(chart);
  const details = numbers
    ? `<details><summary>Numbers</summary>${tableHtml(numbers)}</details>`
    : '';
  return (
    `<figure class="${chart.size}" id="${elementId(chart.id)}">` +
    `<figcaption>${escapeHtml(chart.title)}</figcaption>${chartSvg(chart)}${details}</figure>`
  );
}

function numbersOf(chart: Chart): ReportTable | undefined {
  if (chart.kind === 'bars') return barNumbers(chart);
  return chart.kind === 'lines' ? lineNumbers(chart) : undefined;
}

const barNumbers = ({ title, categories, series }: BarChart): ReportTable => ({
  caption: title,
  columns: [{ title: '' }, ...series.map(({ name }) => ({ title: name }))],
  rows: categories.map((category, i): Cell[] => [
    category,
    ...series.map(({ values }) => values[i] ?? null),
  ]),
});

function lineNumbers({ title, xTitle, series, unitDiagonal }: LineChart): ReportTable | undefined {
  if (unitDiagonal !== undefined) return undefined;
  const places = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))];
  if (places.length > mostRows) return undefined;
  return {
    caption: title,
    columns: [{ title: xTitle, digits: 0 }, ...series.map(({ name }) => ({ title: name }))],
    rows: places
      .toSorted((a, b) => a - b)
      .map((place): Cell[] => [
        place,
        ...series.map(({ points }) => points.find(([x]) => x === place)?.[1] ?? null),
      ]),
  };
}

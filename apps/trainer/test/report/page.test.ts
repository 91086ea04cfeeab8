import { beforeAll, expect, test } from 'vitest';

import { buildReport } from '../../src/report/build-report.js';
import type { Cell, Report } from '../../src/report/model.js';
import { pageHtml } from '../../src/report/page/page-html.js';
import { numberText } from '../../src/report/page/table-html.js';
import { fullRun } from './support/evaluated-run.js';

let report: Report;
let page: string;

const made = { time: '2026-11-28T09:00:00.000Z', own: { version: '0.0.0', commit: 'abc123' } };

beforeAll(async () => {
  report = buildReport([await fullRun('small', 1000), await fullRun('large', 8000)], made);
  page = pageHtml(report, { jsonName: 'report.json' });
});

const charts = () => report.panels.flatMap((panel) => panel.charts);
const textOf = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/gu, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

test('shows every part when everything is there', () => {
  expect(report.missing).toEqual([]);
  expect(report.panels.map(({ id }) => id)).toEqual(
    'summary averages scores domains slices runs roc calibration gain projections attention tuning training costs'.split(
      ' ',
    ),
  );
  for (const { id } of report.panels) expect(page).toContain(`<section id="${id}"`);
});

test('fetches and runs nothing', () => {
  const outside = page.replaceAll('xmlns="http://www.w3.org/2000/svg"', '');
  expect(outside).not.toMatch(/https?:|\/\/[a-z]|@import|url\((?!#)|<script|<iframe|\son\w+=/iu);
  for (const [, target] of page.matchAll(/(?:href|src)="([^"]*)"/gu)) {
    expect(target).toMatch(/^(#|data:,$)/u);
  }
  expect(page).toContain("default-src 'none'");
});

test('draws one SVG a chart, each with title, description and all its series', () => {
  const drawings = page.match(/<svg.*?<\/svg>/gsu)!;
  expect(drawings).toHaveLength(charts().length);
  for (const [i, { title, description, series }] of charts().entries()) {
    const drawing = drawings[i]!;
    expect(drawing).toMatch(/^<svg [^>]*role="img" aria-labelledby="/u);
    expect(textOf(/<title.*?<\/title>/u.exec(drawing)![0])).toBe(title);
    expect(textOf(/<desc.*?<\/desc>/u.exec(drawing)![0])).toBe(description);
    const words = [...drawing.matchAll(/<text.*?<\/text>/gu)].map(([text]) => textOf(text));
    for (const { name } of series) expect(words).toContain(name);
    expect(drawing).not.toMatch(/NaN|undefined|Infinity/u);
  }
});

test('ids are unique, and what refers to one finds it', () => {
  const ids = [...page.matchAll(/\sid="([^"]*)"/gu)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const wanted = [
    ...[...page.matchAll(/url\(#([^)]*)\)/gu)].map(([, id]) => id!),
    ...[...page.matchAll(/href="#([^"]+)"/gu)].map(([, id]) => id!),
    ...[...page.matchAll(/aria-labelledby="([^"]*)"/gu)].flatMap(([, list]) => list!.split(' ')),
  ];
  expect(wanted.length).toBeGreaterThan(30);
  for (const id of wanted) expect(ids).toContain(id);
});

test('series differ by more than colour', () => {
  const roc = charts().find(({ id }) => id === 'roc-fraud')!;
  const drawing = page.match(/<svg.*?<\/svg>/gsu)![charts().indexOf(roc)]!;
  const dashes = new Set([...drawing.matchAll(/stroke-dasharray="([^"]*)"/gu)].map(([, d]) => d));
  expect(dashes.size).toBeGreaterThanOrEqual(roc.series.length - 1);
  const bars = charts().find(({ id }) => id === 'domains-auc')!;
  const barDrawing = page.match(/<svg.*?<\/svg>/gsu)![charts().indexOf(bars)]!;
  const patterns = [...barDrawing.matchAll(/<pattern(.*?) id="[^"]*"(.*?)<\/pattern>/gu)];
  expect(new Set(patterns.map(([, shape, marks]) => shape! + marks)).size).toBe(bars.series.length);
});

/** A cell as the page has it: of a measured one, value and marks, and of its interval the text. */
function readCell(html: string, cell: Cell): unknown {
  if (typeof cell !== 'object' || cell === null) return textOf(html);
  const { interval } = cell;
  const marks = /<span class="marks">(.*?)<\/span>/u.exec(html)?.[1]?.split(' ');
  const reach = interval?.map((end) => numberText(end, 3)).join(' to ');
  return {
    value: Number(/<data value="([^"]*)"/u.exec(html)![1]),
    ...(reach !== undefined && html.includes(`<small>${reach}</small>`) && { interval }),
    ...(marks && { marks }),
  };
}

test('numbers of the tables are those of the JSON', () => {
  const parsed = JSON.parse(JSON.stringify(report)) as Report;
  const tables = page
    .replaceAll(/<details>.*?<\/details>/gsu, '')
    .match(/<table>.*?<\/table>/gsu)!
    .map((table) =>
      [...table.matchAll(/<tr>(.*?)<\/tr>/gsu)]
        .slice(1)
        .map(([, row]) =>
          [...row!.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gsu)].map(([, cell]) => cell!),
        ),
    );
  const wanted = parsed.panels.flatMap((panel) => panel.tables);
  expect(tables).toHaveLength(wanted.length);
  let numbers = 0;
  for (const [t, { columns, rows }] of wanted.entries()) {
    const shown = tables[t]!.map((row, r) => row.map((cell, c) => readCell(cell, rows[r]![c]!)));
    const told = rows.map((row) =>
      row.map((cell, c) =>
        typeof cell === 'number' ? numberText(cell, columns[c]!.digits ?? 3) : (cell ?? '–'),
      ),
    );
    expect(shown).toEqual(told);
    numbers += rows.flat().filter((cell) => typeof cell !== 'string').length;
  }
  expect(numbers).toBeGreaterThan(100);
});

test('the same report is the same page, and names can’t break out of it', () => {
  expect(pageHtml(report, { jsonName: 'report.json' })).toBe(page);
  expect(page).not.toContain('<trees>');
  expect(page).toContain('gradient &quot;boosted&quot; &lt;trees&gt;');
});

test('scaling: the mean AUC over the setting that differs', () => {
  const chart = charts().find(({ id }) => id === 'runs-scaling')!;
  expect(chart).toMatchObject({ kind: 'lines', xScale: 'log', xTitle: 'train users' });
  if (chart.kind !== 'lines') throw new Error('no lines');
  expect(chart.series[0]!.points.map(([x]) => x)).toEqual([1000, 8000]);
});

test('tuning: curves over prompt tokens and steps, the newest of equal settings', () => {
  const tokens = charts().find(({ id }) => id === 'tuning-promptTokens')!;
  const steps = charts().find(({ id }) => id === 'tuning-stepsDone')!;
  if (tokens.kind !== 'lines' || steps.kind !== 'lines') throw new Error('no lines');
  expect(tokens.series[0]!.points).toEqual([
    [2, 0.7],
    [6, 0.75],
  ]);
  expect(steps.series[0]!.points).toEqual([
    [100, 0.72],
    [300, 0.75],
  ]);
});

test('attention: shares before and after, small ones together', () => {
  const { tables } = report.panels.find(({ id }) => id === 'attention')!;
  expect(tables[0]!.rows).toEqual([
    ['fraud', 'user', null, 0.25, 0.5, 0.25],
    ['fraud', 'bill events', null, 0.745, 0.25, -0.495],
    ['fraud', 'prompts', null, null, 0.245, 0.245],
    ['fraud', 'all others', null, 0.005, 0.005, 0],
  ]);
  expect(page).toContain('pays &lt;a&gt; bill');
});

test('what is missing is named with the command that makes it', async () => {
  const { name, source } = await fullRun();
  const bare = buildReport([{ name, source, tunings: [] }], made);
  expect(bare.panels.map(({ id }) => id)).toEqual(['summary']);
  const html = pageHtml(bare, { jsonName: 'report.json' });
  for (const { title, command } of bare.missing) {
    expect(textOf(html)).toContain(title);
    expect(textOf(html)).toContain(command);
  }
  expect(bare.missing.map(({ title }) => title)).toContain('Attention by modality');
});

test('numbers have a true minus, and no sign where they round to zero', () => {
  expect(numberText(-0.1234, 3)).toBe('−0.123');
  expect(numberText(-0.0001, 3)).toBe('0.000');
  expect(numberText(12_345.6, 0)).toBe('12,346');
});

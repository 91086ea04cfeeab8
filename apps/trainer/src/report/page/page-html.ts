import type { MissingPanel, Panel, Report } from '../model.js';
import { chartHtml } from './chart-html.js';
import { escapeHtml } from './escape.js';
import { stylesheet } from './stylesheet.js';
import { tableHtml } from './table-html.js';

/** Nothing is fetched, nothing runs: what the page needs is in it. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** Panels of more charts than this start a page of their own on paper. */
const longCharts = 2;

/**
 * A report as one HTML page without scripts or requests.
 *
 * @param report - what it shows
 * @param options - the name of the JSON file that holds all numbers
 */
export function pageHtml(report: Report, options: { readonly jsonName: string }): string {
  const { title, made, panels, missing } = report;
  const commit = made.commit === undefined ? '' : `, commit ${made.commit}`;
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<link rel="icon" href="data:,"><title>${escapeHtml(title)}</title>`,
    `<style>${stylesheet}</style></head>`,
    `<body><header><h1>${escapeHtml(title)}</h1>`,
    `<p class="made">Made ${escapeHtml(made.time)} by q-anchor ${escapeHtml(made.version + commit)}. ` +
      `All numbers, those of every chart too, are in ${escapeHtml(options.jsonName)}.</p>`,
    `<nav aria-label="Contents"><ul>${[
      ...panels,
      ...(missing.length > 0 ? [{ id: 'missing', title: 'Left out' }] : []),
    ]
      .map((one) => `<li><a href="#${escapeHtml(one.id)}">${escapeHtml(one.title)}</a></li>`)
      .join('')}</ul></nav></header><main>`,
    ...panels.map(panelHtml),
    ...(missing.length > 0 ? [missingHtml(missing)] : []),
    '</main></body></html>',
    '',
  ].join('\n');
}

function panelHtml({ id, title, text, tables, charts }: Panel): string {
  const isLong = charts.length > longCharts;
  return [
    `<section id="${escapeHtml(id)}"${isLong ? ' class="long"' : ''}><h2>${escapeHtml(title)}</h2>`,
    ...text.map((one) => `<p>${escapeHtml(one)}</p>`),
    ...tables.map(tableHtml),
    ...(charts.length > 0 ? [`<div class="charts">${charts.map(chartHtml).join('\n')}</div>`] : []),
    '</section>',
  ].join('\n');
}

const missingHtml = (missing: readonly MissingPanel[]): string =>
  `<section id="missing"><h2>Left out</h2>${tableHtml({
    caption: 'Parts without data, and the command that makes it',
    columns: [{ title: 'Part' }, { title: 'Why' }, { title: 'Command' }],
    rows: missing.map(({ title, reason, command }) => [title, reason, command]),
  })}</section>`;

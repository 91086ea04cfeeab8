import type { BarChart, Chart } from '../model.js';

/** Width and height of a chart in pixels; its own marks and words are laid out for them. */
export function chartSize(chart: Chart): { readonly width: number; readonly height: number } {
  const width = widthOf(chart);
  const legend = legendHeight(chart);
  if (chart.kind === 'bars' && isLying(chart)) {
    const { categories, series } = chart;
    return { width, height: legend + 46 + categories.length * (8 + 11 * series.length) };
  }
  if (chart.kind === 'bars') return { width, height: 270 + legend };
  if (chart.kind === 'points' || chart.unitDiagonal !== undefined) {
    return { width, height: 330 + legend };
  }
  return { width, height: 240 + legend };
}

/** Categories whose names have room below a chart as wide as the page. */
const mostStanding = 12;

/** Whether bars lie, category below category, since their names would overlap below standing ones. */
export const isLying = ({ categories }: Pick<BarChart, 'categories'>): boolean =>
  categories.length > mostStanding;

const widthOf = ({ size }: Pick<Chart, 'size'>): number => (size === 'full' ? 920 : 450);

/** Pixels of a letter, of a sign with its space, between names, and of a line with the space below. */
const letterWidth = 6.8;
const signWidth = 36;
export const legendGap = 16;
export const legendLineHeight = 20;

/** Names of a legend, line by line: as wide as the widest fonts have them, so that none is cut. */
export function legendLines(chart: Chart): readonly (readonly string[])[] {
  const room = widthOf(chart) - 20;
  const lines: string[][] = [[]];
  let x = 0;
  for (const { name } of chart.series) {
    const own = signWidth + name.length * letterWidth + legendGap;
    if (x > 0 && x + own > room) {
      lines.push([]);
      x = 0;
    }
    lines.at(-1)!.push(name);
    x += own;
  }
  return lines;
}

/** Height of the legend, with the space above the plot. */
export const legendHeight = (chart: Chart): number =>
  legendLines(chart).length * legendLineHeight + 12;

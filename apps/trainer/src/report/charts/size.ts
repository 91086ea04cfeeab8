import type { Chart } from '../model.js';

/** Width and height of a chart in pixels; its own marks and words are laid out for them. */
export function chartSize(chart: Chart): { readonly width: number; readonly height: number } {
  const width = chart.size === 'full' ? 920 : 450;
  const legend = legendRows(chart, width) * legendRowHeight;
  if (chart.kind === 'bars') return { width, height: 290 + legend };
  if (chart.kind === 'points' || chart.unitDiagonal !== undefined) {
    return { width, height: 330 + legend };
  }
  return { width, height: 250 + legend };
}

const legendRowHeight = 20;
const letterWidth = 6.2;
const legendItem = 35;

/** Space between names: letters are as wide as the reader's font has them, up to a seventh wider than here. */
export const legendGap = ({ series }: Pick<Chart, 'series'>): number =>
  12 + Math.max(0, ...series.map(({ name }) => name.length)) * 0.9;

/** Rows that the legend takes: ECharts breaks it, but leaves it to us to make room. */
function legendRows(chart: Chart, width: number): number {
  let rows = 1;
  let x = 0;
  for (const { name } of chart.series) {
    const own = legendItem + legendGap(chart) + name.length * letterWidth;
    if (x > 0 && x + own > width - 20) {
      rows += 1;
      x = 0;
    }
    x += own;
  }
  return rows;
}

/** Height of the legend, with the space above the plot. */
export const legendHeight = (chart: Chart): number =>
  legendRows(chart, chartSize(chart).width) * legendRowHeight + 12;

import { BarChart, LineChart, ScatterChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

import type { Chart } from '../model.js';
import { elementId, escapeHtml } from '../page/escape.js';
import { chartOption } from './option.js';
import { chartSize } from './size.js';

use([
  BarChart,
  LineChart,
  ScatterChart,
  AriaComponent,
  GridComponent,
  LegendComponent,
  SVGRenderer,
]);

/**
 * A chart as SVG: title and description for those who don't see it, ids of its own, and no parts that only a
 * script would use. The same numbers give the same text.
 */
export function chartSvg(chart: Chart): string {
  const { width, height } = chartSize(chart);
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    const decal = { show: chart.kind === 'bars' };
    drawing.setOption({ ...chartOption(chart), aria: { enabled: true, decal } });
    const svg = drawing.renderToSVGString();
    const name = elementId(`chart-${chart.id}`);
    const open =
      `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
      `xmlns="http://www.w3.org/2000/svg" role="img" ` +
      `aria-labelledby="${name}-title ${name}-description">` +
      `<title id="${name}-title">${escapeHtml(chart.title)}</title>` +
      `<desc id="${name}-description">${escapeHtml(chart.description)}</desc>`;
    return svg
      .replace(/<svg[^>]*>/u, () => open)
      .replaceAll(/ ecmeta_\w+="[^"]*"/gu, '')
      .replaceAll(/ class="zr\d+-cls-\d+"/gu, '')
      .replaceAll(/<style\s*>.*?<\/style>/gsu, '')
      .replaceAll(/\bzr\d+-/gu, () => `${name}-`)
      .replaceAll('\n', '');
  } finally {
    drawing.dispose();
  }
}

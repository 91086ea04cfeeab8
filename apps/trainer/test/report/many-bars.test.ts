import { describe, expect, test } from 'vitest';

import { chartOption } from '../../src/report/charts/option.js';
import { chartSize } from '../../src/report/charts/size.js';
import { chartSvg } from '../../src/report/charts/svg.js';
import type { BarChart } from '../../src/report/model.js';

const barsOf = (count: number): BarChart => ({
  kind: 'bars',
  id: 'means',
  title: 'Means',
  description: 'Bars of means.',
  size: 'full',
  xTitle: '',
  yTitle: 'mean',
  categories: Array.from({ length: count }, (_, i) => `Kind ${i} of embedding beside the columns`),
  series: [{ name: 'AUC', style: 0, values: Array.from({ length: count }, (_, i) => i / count) }],
});

describe('bars', () => {
  test('stand where their names have room', () => {
    expect(chartOption(barsOf(12))).toMatchObject({
      xAxis: { type: 'category' },
      yAxis: { type: 'value' },
    });
    expect(chartSize(barsOf(12)).height).toBe(chartSize(barsOf(2)).height);
  });

  test('lie one below the other, the first above, where they are many, each name whole', () => {
    const many = barsOf(13);
    expect(chartOption(many)).toMatchObject({
      xAxis: { type: 'value' },
      yAxis: { type: 'category', data: many.categories, inverse: true },
    });
    expect(chartSize(barsOf(20)).height).toBeGreaterThan(chartSize(many).height);
    const drawing = chartSvg(many);
    for (const name of many.categories) expect(drawing).toContain(`>${name}<`);
  });
});

import type { EChartsCoreOption } from 'echarts/core';

import type { BarChart, Chart, LineChart, PointChart } from '../model.js';
import { isLying, legendGap, legendHeight, legendLineHeight, legendLines } from './size.js';
import { seriesStyle } from './styles.js';

const ink = '#222222';
const faint = '#dddddd';
const font = { fontFamily: 'sans-serif', fontSize: 12, color: ink };

/** A number as an axis shows it. */
const axisNumber = (value: number): string => {
  if (Math.abs(value) >= 1e4) return `${Number((value / 1000).toPrecision(3))}k`;
  return String(Number(value.toPrecision(4)));
};

/** What ECharts draws for a chart. */
export function chartOption(chart: Chart): EChartsCoreOption {
  return {
    animation: false,
    textStyle: font,
    grid: {
      left: chart.kind === 'bars' && isLying(chart) ? namesBeside + 12 : 58,
      right: 22,
      top: legendHeight(chart),
      bottom: 46,
      containLabel: false,
    },
    // A legend for each line: where one breaks is up to us, since ECharts guesses narrower letters.
    legend: legendLines(chart).map((data, line) => ({
      top: line * legendLineHeight,
      left: 'center',
      itemWidth: 30,
      itemHeight: 12,
      itemGap: legendGap,
      padding: [4, 0],
      textStyle: font,
      data: [...data],
    })),
    ...contentOf(chart),
  };
}

function contentOf(chart: Chart): EChartsCoreOption {
  if (chart.kind === 'bars') return barContent(chart);
  return chart.kind === 'lines' ? lineContent(chart) : pointContent(chart);
}

const axisOf = (name: string, nameGap: number) => ({
  name,
  nameLocation: 'middle',
  nameGap,
  nameTextStyle: font,
  axisLabel: { ...font, formatter: axisNumber, hideOverlap: true },
  axisLine: { show: true, onZero: false, lineStyle: { color: '#555555' } },
  splitLine: { lineStyle: { color: faint } },
});

/** From 0 to the tenth above all points: 1 of a ROC, less where probabilities are small. */
function unitRange({ series }: LineChart) {
  const most = Math.max(...series.flatMap(({ points }) => points.flat()), 0.01);
  const unit = most > 0.5 ? 0.2 : 0.1;
  const max = Math.round(Math.ceil(most / unit) * unit * 10) / 10;
  return { min: 0, max, interval: max > 0.5 ? 0.2 : max / 5 };
}

/** A line of up to this many points has a marker on each; a longer one on about as many. */
const markers = 12;

function lineContent(chart: LineChart): EChartsCoreOption {
  const isUnit = chart.unitDiagonal !== undefined;
  const isLog = chart.xScale === 'log';
  const range = isUnit ? unitRange(chart) : { scale: true };
  return {
    xAxis: {
      type: isLog ? 'log' : 'value',
      ...axisOf(chart.xTitle, 28),
      ...range,
      ...(isLog && logTicks(chart)),
      splitLine: { show: isUnit, lineStyle: { color: faint } },
    },
    yAxis: { type: 'value', ...axisOf(chart.yTitle, 42), ...range },
    series: [
      ...(isUnit ? [diagonalTo(unitRange(chart).max)] : []),
      ...chart.series.map(({ name, style, points }) => {
        const { colour, symbol, dash } = seriesStyle(style);
        const every = Math.max(1, Math.ceil(points.length / markers));
        // Markers of several series shall not hide one another.
        const first = Math.floor((every * (style % 4)) / 4);
        return {
          type: 'line',
          name,
          symbol,
          symbolSize: 7,
          showAllSymbol: true,
          itemStyle: { color: colour },
          lineStyle: { color: colour, width: 1.8, type: dash },
          data: points.map((value, i) =>
            i % every === first ? { value } : { value, symbol: 'none' },
          ),
        };
      }),
    ],
  };
}

/** A log axis a little wider than its points, with a tick at each of their places. */
function logTicks({ series, xTitle }: LineChart) {
  const places = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))];
  const { axisLabel } = axisOf(xTitle, 28);
  return {
    min: Math.min(...places) / 1.2,
    max: Math.max(...places) * 1.2,
    axisTick: { show: true, customValues: places },
    axisLabel: { ...axisLabel, customValues: places },
  };
}

const diagonalTo = (end: number) => ({
  type: 'line',
  data: [
    [0, 0],
    [end, end],
  ],
  symbol: 'none',
  silent: true,
  lineStyle: { color: '#999999', width: 1, type: [3, 3] },
});

/** Bars to a chart with their numbers on them: more would overlap. */
const mostLabelled = 16;

/** Pixels for the names of categories beside bars that lie. */
const namesBeside = 260;

/** Categories up to which their names have room in letters of the usual size. */
const wideLabels = 8;

function barContent(chart: BarChart): EChartsCoreOption {
  const numbers = chart.series.flatMap((series) => series.values.filter((value) => value !== null));
  const base = chart.base ?? 0;
  const least = Math.min(base, ...numbers);
  const isLabelled = chart.categories.length * chart.series.length <= mostLabelled;
  const lies = isLying(chart);
  const categories = {
    type: 'category',
    data: [...chart.categories],
    ...axisOf(chart.xTitle, 30),
    axisLabel: {
      ...font,
      ...(!lies && chart.categories.length > wideLabels && { fontSize: 10 }),
      interval: 0,
      width: lies ? namesBeside : 820 / chart.categories.length,
      overflow: 'break',
    },
    splitLine: { show: false },
    inverse: lies,
  };
  const values = {
    type: 'value',
    ...axisOf(chart.yTitle, lies ? 28 : 42),
    min: least < base ? Math.floor(least * 20) / 20 : base,
    startValue: base,
  };
  return {
    ...(lies ? { xAxis: values, yAxis: categories } : { xAxis: categories, yAxis: values }),
    series: chart.series.map(({ name, style, values: own }) => {
      const { colour, decal } = seriesStyle(style);
      return {
        type: 'bar',
        name,
        barMaxWidth: 44,
        ...(chart.isStacked === true && { stack: 'all' }),
        itemStyle: { color: colour, decal, borderColor: ink, borderWidth: 0.6 },
        label: {
          ...font,
          fontSize: 11,
          show: isLabelled,
          position: 'top',
          formatter: ({ value }: { readonly value: unknown }) =>
            typeof value === 'number' ? value.toFixed(3) : '',
        },
        data: own.map((value) => value ?? '-'),
      };
    }),
  };
}

function pointContent(chart: PointChart): EChartsCoreOption {
  const axis = { type: 'value', scale: true, splitLine: { show: false } };
  return {
    xAxis: { ...axisOf(chart.xTitle, 28), ...axis },
    yAxis: { ...axisOf(chart.yTitle, 42), ...axis },
    series: chart.series.map(({ name, style, points }) => {
      const { colour, symbol } = seriesStyle(style);
      return {
        type: 'scatter',
        name,
        symbol,
        symbolSize: 6,
        itemStyle: { color: colour, opacity: 0.7 },
        data: points.map((point) => [...point]),
      };
    }),
  };
}

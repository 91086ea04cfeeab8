/** The version of the report's JSON. */
export const reportFormatVersion = 1;

/** A number with its interval and marks. */
export interface MeasuredCell {
  readonly value: number;
  readonly interval?: readonly [number, number];
  /** Signs that a note of the table explains. */
  readonly marks?: readonly string[];
}

/** What a cell of a table says; a number is shown with its column's digits, null as a dash. */
export type Cell = string | number | null | MeasuredCell;

/** A column of a table. */
export interface ReportColumn {
  readonly title: string;
  /** Digits after the point of its numbers. Default 3. */
  readonly digits?: number;
}

/** Numbers to read. */
export interface ReportTable {
  readonly caption: string;
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly (readonly Cell[])[];
  /** What its marks mean. */
  readonly notes?: readonly string[];
}

interface ChartBase {
  /** Unique in the report. */
  readonly id: string;
  readonly title: string;
  /** What the chart shows, for those who don't see it. */
  readonly description: string;
  readonly size: 'full' | 'half';
  readonly xTitle: string;
  readonly yTitle: string;
}

/** A series of a chart; equal styles are equal things. */
interface SeriesBase {
  readonly name: string;
  /** Which colour, marker and dash. */
  readonly style: number;
}

/** Lines over numbers. */
export interface LineChart extends ChartBase {
  readonly kind: 'lines';
  readonly series: readonly (SeriesBase & {
    readonly points: readonly (readonly [number, number])[];
  })[];
  readonly xScale?: 'linear' | 'log';
  /** Both axes from 0 to 1, with the diagonal as a guide of this name. */
  readonly unitDiagonal?: string;
}

/** Bars by category. */
export interface BarChart extends ChartBase {
  readonly kind: 'bars';
  readonly categories: readonly string[];
  readonly series: readonly (SeriesBase & {
    readonly values: readonly (number | null)[];
    readonly intervals?: readonly (readonly [number, number] | null)[];
  })[];
  /** Where bars start, such as 0.5 for an AUC. Default 0. */
  readonly base?: number;
  /** Parts of a whole, one on the other. */
  readonly isStacked?: boolean;
}

/** Points in the plane by group. */
export interface PointChart extends ChartBase {
  readonly kind: 'points';
  readonly series: readonly (SeriesBase & {
    readonly points: readonly (readonly [number, number])[];
  })[];
}

/** A chart, as numbers. */
export type Chart = LineChart | BarChart | PointChart;

/** A part of the report: text, tables, charts. */
export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly text: readonly string[];
  readonly tables: readonly ReportTable[];
  readonly charts: readonly Chart[];
}

/** A panel whose data is not there, and what makes it. */
export interface MissingPanel {
  readonly title: string;
  readonly reason: string;
  readonly command: string;
}

/** What a panel comes to. */
export type PanelResult = Panel | MissingPanel;

/** A whole report: what the HTML shows and the JSON holds. */
export interface Report {
  readonly formatVersion: typeof reportFormatVersion;
  readonly title: string;
  readonly made: { readonly time: string; readonly version: string; readonly commit?: string };
  readonly runs: readonly { readonly name: string; readonly source: string }[];
  readonly panels: readonly Panel[];
  readonly missing: readonly MissingPanel[];
}

import type { TuningRecord } from '../tune/tuning-log.js';
import type { LineChart, ReportTable } from './model.js';

/** A setting that scenarios were tuned at several values of. */
interface SweptSetting {
  /** Part of the charts' ids. */
  readonly id: string;
  readonly xOf: (tuning: TuningRecord) => number | string | undefined;
  /** The names of what changes with it; all other settings are the same along a line. */
  readonly moving: readonly string[];
  readonly title: string;
  readonly xTitle: string;
  /** What a line is called. */
  readonly nameOf: (tuning: TuningRecord) => string;
}

type Measure = 'auc' | 'ks';

/** Validation AUC of a tuning: of the probe, the paper's protocol, where there is one. */
export const tunedAuc = ({ validationAuc }: TuningRecord): number | undefined =>
  validationAuc['probe'] ?? validationAuc['prototypes'];

const tunedKs = ({ validationKs }: TuningRecord): number | undefined =>
  validationKs?.['probe'] ?? validationKs?.['prototypes'];

/**
 * AUC of the validation users over a setting, for scenarios that were tuned at two values of it or more
 * and equal otherwise: of other settings those with the most values, of these the newest, and the newest
 * tuning of each value; of several scenarios also the means of AUC and KS, at the values that
 * all of them have.
 */
export function tuningSweep(
  tunings: readonly TuningRecord[],
  setting: SweptSetting,
): { readonly charts: readonly LineChart[]; readonly tables: readonly ReportTable[] } {
  const names = [...new Set(tunings.map((tuning) => setting.nameOf(tuning)))];
  const swept = names
    .map((name) => {
      const own = tunings.filter((tuning) => setting.nameOf(tuning) === name);
      return [name, valuesOf(own, setting)] as const;
    })
    .filter(([, values]) => values.size > 1);
  if (swept.length === 0) return { charts: [], tables: [] };
  const means = meansOf(swept.map(([, values]) => values));
  return {
    charts: [
      byScenario(swept, setting),
      ...(swept.length > 1 && means.length > 1
        ? (['auc', 'ks'] as const).flatMap((measure, style) =>
            meanChart(means, { setting, measure, style }),
          )
        : []),
    ],
    tables:
      swept.length > 1 && means.length > 1
        ? [meanTable(means, { setting, names: swept.map(([name]) => name) })]
        : [],
  };
}

type Values = ReadonlyMap<number, TuningRecord>;

/** A line's tunings by the setting's value. */
function valuesOf(tunings: readonly TuningRecord[], { xOf, moving }: SweptSetting): Values {
  const groups = new Map<string, Map<number, TuningRecord>>();
  for (const tuning of tunings) {
    const x = xOf(tuning);
    if (typeof x !== 'number' || tunedAuc(tuning) === undefined) continue;
    const others = Object.entries(tuning.settings)
      .filter(([key]) => !moving.includes(key))
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify(others);
    const group = (groups.get(key) ?? new Map<number, TuningRecord>()).set(x, tuning);
    // The newest last.
    groups.delete(key);
    groups.set(key, group);
  }
  return [...groups.values()].reduce<Values>(
    (most, group) => (group.size >= most.size ? group : most),
    new Map(),
  );
}

const byScenario = (
  swept: readonly (readonly [string, Values])[],
  { id, title, xTitle }: SweptSetting,
): LineChart => ({
  kind: 'lines',
  id: `tuning-${id}`,
  title: `${title}: validation AUC`,
  description: `AUC of the validation users over ${xTitle}, one line a scenario, the newest tuning of each value.`,
  size: 'half',
  xTitle,
  yTitle: 'validation AUC',
  series: swept.map(([name, values], style) => ({
    name,
    style,
    points: [...values]
      .map(([x, tuning]) => [x, tunedAuc(tuning)!] as const)
      .toSorted(([a], [b]) => a - b),
  })),
});

interface MeanPoint {
  readonly x: number;
  readonly auc: number;
  readonly ks: number | undefined;
}

/** Nothing where one is not known. */
function mean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  if (known.length < values.length) return undefined;
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Means over scenarios, at values that all of them have. */
function meansOf(lines: readonly Values[]): readonly MeanPoint[] {
  const shared = [...lines[0]!.keys()].filter((x) => lines.every((values) => values.has(x)));
  return shared
    .toSorted((a, b) => a - b)
    .map((x) => {
      const own = lines.map((values) => values.get(x)!);
      return { x, auc: mean(own.map(tunedAuc))!, ks: mean(own.map(tunedKs)) };
    });
}

function meanChart(
  means: readonly MeanPoint[],
  options: { readonly setting: SweptSetting; readonly measure: Measure; readonly style: number },
): readonly LineChart[] {
  const { setting, measure, style } = options;
  const points = means.flatMap((one): [number, number][] => {
    const value = one[measure];
    return value === undefined ? [] : [[one.x, value]];
  });
  if (points.length < 2) return [];
  const name = measure.toUpperCase();
  return [
    {
      kind: 'lines',
      id: `tuning-${setting.id}-mean-${measure}`,
      title: `${setting.title}: mean validation ${name}`,
      description: `Mean ${name} of the validation users over ${setting.xTitle}, over the scenarios tuned at all values.`,
      size: 'half',
      xTitle: setting.xTitle,
      yTitle: `mean validation ${name}`,
      series: [{ name: `mean ${name}`, style, points }],
    },
  ];
}

const meanTable = (
  means: readonly MeanPoint[],
  { setting, names }: { readonly setting: SweptSetting; readonly names: readonly string[] },
): ReportTable => ({
  caption: `${setting.title}: means over ${names.join(', ')}, validation users`,
  columns: [
    { title: setting.xTitle, digits: 0 },
    { title: 'AUC', digits: 4 },
    { title: 'KS', digits: 4 },
  ],
  rows: means.map(({ x, auc, ks }) => [x, auc, ks ?? null]),
});

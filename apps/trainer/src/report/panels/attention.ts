import type { AttentionFile } from '../read/attention-file.js';
import type { BarChart, Cell, PanelResult, ReportTable } from '../model.js';
import type { RunSource } from '../read/run-source.js';

/** Where attention goes, before and after tuning. */
export function attentionPanel({ attention, source }: RunSource): PanelResult {
  if (!attention) {
    return {
      title: 'Attention by modality',
      reason: 'the run has no attention.json',
      command: `q-anchor attention ${source} --data DATASET`,
    };
  }
  const { users, layers, heads } = attention;
  const scenarios = Object.entries(attention.scenarios);
  return {
    id: 'attention',
    title: 'Attention by modality',
    text: [
      `Share of the attention from the embedding’s token, mean over ${layers} layers, ${heads} heads and ` +
        `${users.toLocaleString('en')} users.`,
    ],
    tables: [sharesTable(scenarios), ...scenarios.flatMap(([name, one]) => topTables(name, one))],
    charts: scenarios.map(([name, one]) => sharesChart(name, one)),
  };
}

type Scenario = AttentionFile['scenarios'][string];

const partsOf = ({ before, after }: Scenario): readonly string[] => [
  ...new Set([...Object.keys(before), ...Object.keys(after ?? {})]),
];

const sharesTable = (scenarios: readonly (readonly [string, Scenario])[]): ReportTable => ({
  caption: 'Shares of attention',
  columns: [
    { title: 'Scenario' },
    { title: 'Looked at' },
    { title: 'If all tokens got as much', digits: 4 },
    { title: 'Before tuning', digits: 4 },
    { title: 'After tuning', digits: 4 },
    { title: 'Shift', digits: 4 },
  ],
  rows: scenarios.flatMap(([name, one]) =>
    partsOf(one).map((part): Cell[] => {
      const before = one.before[part];
      const after = one.after?.[part];
      const shift = one.after && (after ?? 0) - (before ?? 0);
      const even = one.even?.[part] ?? null;
      return [name, part, even, before ?? null, after ?? null, shift ?? null];
    }),
  ),
});

const sharesChart = (name: string, one: Scenario): BarChart => {
  const parts = partsOf(one);
  const after = one.after;
  return {
    kind: 'bars',
    id: `attention-${name}`,
    title: `${name}: attention`,
    description: 'Bars of the share of attention that each part of the prefix gets.',
    size: 'full',
    xTitle: '',
    yTitle: 'share of attention',
    categories: parts,
    series: [
      { name: 'before tuning', style: 1, values: parts.map((part) => one.before[part] ?? null) },
      ...(after
        ? [{ name: 'after tuning', style: 0, values: parts.map((part) => after[part] ?? null) }]
        : []),
    ],
  };
};

const topTables = (name: string, { topEvents = [] }: Scenario): readonly ReportTable[] =>
  topEvents.length === 0
    ? []
    : [
        {
          caption: `${name}: events of one user that got most`,
          columns: [
            { title: 'Modality' },
            { title: 'Event' },
            { title: 'Days before', digits: 1 },
            { title: 'Share', digits: 4 },
            { title: 'Before tuning', digits: 4 },
          ],
          rows: topEvents.map(({ modality, text, daysBefore, share, shareBefore }) => [
            modality,
            text,
            daysBefore,
            share,
            shareBefore ?? null,
          ]),
        },
      ];

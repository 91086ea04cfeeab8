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
        `${users.toLocaleString('en')} users. Shares below 1 % are shown together; attention.json of the run has them all.`,
    ],
    tables: [sharesTable(scenarios), ...scenarios.flatMap(([name, one]) => topTables(name, one))],
    charts: scenarios.map(([name, one]) => sharesChart(name, one)),
  };
}

type Scenario = AttentionFile['scenarios'][string];

/** Shares below this are shown together. */
const leastShare = 0.01;
const others = 'all others';

interface Part {
  readonly name: string;
  readonly even: number | null;
  readonly before: number | null;
  readonly after: number | null;
}

/** What gets a share worth showing, and the sum of the rest. */
function partsOf({ even, before, after }: Scenario): readonly Part[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after ?? {})])];
  const shown = names.filter(
    (name) => Math.max(before[name] ?? 0, after?.[name] ?? 0) >= leastShare,
  );
  const rest = names.filter((name) => !shown.includes(name));
  const restOf = (shares: Readonly<Record<string, number>> | undefined): number | null =>
    shares ? rest.reduce((sum, name) => sum + (shares[name] ?? 0), 0) : null;
  return [
    ...shown.map((name) => ({
      name,
      even: even?.[name] ?? null,
      before: before[name] ?? null,
      after: after?.[name] ?? null,
    })),
    ...(rest.length > 0
      ? [{ name: others, even: restOf(even), before: restOf(before), after: restOf(after) }]
      : []),
  ];
}

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
    partsOf(one).map(({ name: part, even, before, after }): Cell[] => {
      const shift = one.after ? (after ?? 0) - (before ?? 0) : null;
      return [name, part, even, before, after, shift];
    }),
  ),
});

const sharesChart = (name: string, one: Scenario): BarChart => {
  const parts = partsOf(one);
  return {
    kind: 'bars',
    id: `attention-${name}`,
    title: `${name}: attention`,
    description: 'Bars of the share of attention that each part of the prefix gets.',
    size: 'full',
    xTitle: '',
    yTitle: 'share of attention',
    categories: parts.map(({ name: part }) => part),
    series: [
      { name: 'before tuning', style: 1, values: parts.map(({ before }) => before) },
      ...(one.after
        ? [{ name: 'after tuning', style: 0, values: parts.map(({ after }) => after) }]
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

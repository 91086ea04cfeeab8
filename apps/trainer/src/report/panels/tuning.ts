import type { TuningRecord } from '../../tune/tuning-log.js';
import type { LineChart, PanelResult } from '../model.js';
import type { RunSource } from '../read/run-source.js';

/** Loss by step of each scenario's newest tuning, and what other settings came to. */
export function tuningPanel({ tunings, source }: RunSource): PanelResult {
  if (tunings.length === 0) {
    return {
      title: 'Tuning',
      reason: 'the run has no tuning.jsonl',
      command: `q-anchor tune ${source} --data DATASET --scenario NAME`,
    };
  }
  return {
    id: 'tuning',
    title: 'Tuning',
    text: ['The newest tuning of each scenario and method is drawn; all are in the table.'],
    tables: [
      {
        caption: 'Tunings',
        columns: [
          { title: 'Scenario' },
          { title: 'Method' },
          { title: 'When' },
          { title: 'Prompt tokens', digits: 0 },
          { title: 'Prototypes a class', digits: 0 },
          { title: 'Users', digits: 0 },
          { title: 'Steps done', digits: 0 },
          { title: 'Step kept', digits: 0 },
          { title: 'Loss before' },
          { title: 'Loss after' },
          { title: 'Validation AUC, probe' },
        ],
        rows: tunings.map((tuning) => [
          tuning.scenario,
          methodOf(tuning),
          tuning.time.slice(0, 16).replace('T', ' '),
          settingOf(tuning, 'promptTokens'),
          settingOf(tuning, 'prototypesPerClass'),
          settingOf(tuning, 'users'),
          settingOf(tuning, 'stepsDone'),
          tuning.bestStep,
          lossAt(tuning, 0),
          lossAt(tuning, tuning.bestStep),
          aucOf(tuning) ?? null,
        ]),
      },
    ],
    charts: [
      stepChart(newest(tunings)),
      ...sweepCharts(tunings, {
        key: 'promptTokens',
        title: 'Prompt tokens',
        xTitle: 'prompt tokens',
      }),
      ...sweepCharts(tunings, { key: 'stepsDone', title: 'Steps', xTitle: 'steps done' }),
    ],
  };
}

const settingOf = ({ settings }: TuningRecord, key: string): number | null => {
  const value = settings[key];
  return typeof value === 'number' ? value : null;
};

const lossAt = ({ losses }: TuningRecord, wanted: number): number | null =>
  losses.find(({ step }) => step === wanted)?.loss ?? null;

const aucOf = ({ validationAuc }: TuningRecord): number | undefined =>
  validationAuc['probe'] ?? validationAuc['prototypes'];

const methodOf = ({ settings }: TuningRecord): string => String(settings['method'] ?? 'prompt');

/** What its line is called: the scenario, of adapters with the method. */
const nameOf = (tuning: TuningRecord): string =>
  methodOf(tuning) === 'prompt' ? tuning.scenario : `${tuning.scenario}, ${methodOf(tuning)}`;

/** The last tuning of each scenario and method. */
const newest = (tunings: readonly TuningRecord[]): readonly TuningRecord[] => [
  ...new Map(tunings.map((tuning) => [nameOf(tuning), tuning])).values(),
];

const stepChart = (tunings: readonly TuningRecord[]): LineChart => ({
  kind: 'lines',
  id: 'tuning-steps',
  title: 'Tuning: validation loss by step',
  description:
    'Loss of the validation users by tuning step, one line a scenario and method; step 0 is before tuning.',
  size: 'full',
  xTitle: 'step',
  yTitle: 'validation loss',
  series: tunings.map((tuning, style) => ({
    name: nameOf(tuning),
    style,
    points: tuning.losses.map(({ step, loss }) => [step, loss] as const),
  })),
});

/** AUC over a setting, where a scenario was tuned at two values of it or more; the newest of each value. */
function sweepCharts(
  tunings: readonly TuningRecord[],
  options: { readonly key: string; readonly title: string; readonly xTitle: string },
): readonly LineChart[] {
  const byScenario = new Map<string, Map<number, number>>();
  for (const tuning of tunings) {
    const x = settingOf(tuning, options.key);
    const y = aucOf(tuning);
    if (x === null || y === undefined) continue;
    const values = byScenario.get(nameOf(tuning)) ?? new Map<number, number>();
    byScenario.set(nameOf(tuning), values.set(x, y));
  }
  const series = [...byScenario].flatMap(([name, values], style) =>
    values.size < 2 ? [] : [{ name, style, points: [...values].toSorted(([a], [b]) => a - b) }],
  );
  if (series.length === 0) return [];
  return [
    {
      kind: 'lines',
      id: `tuning-${options.key}`,
      title: `${options.title}: validation AUC`,
      description: `AUC of the validation users over ${options.xTitle}, one line a scenario, the newest tuning of each value.`,
      size: 'half',
      xTitle: options.xTitle,
      yTitle: 'validation AUC',
      series,
    },
  ];
}

import type { TuningRecord } from '../../tune/tuning-log.js';
import type { LineChart, PanelResult } from '../model.js';
import type { RunSource } from '../read/run-source.js';
import { tunedAuc, tuningSweep } from '../tuning-sweep.js';

/** What a record keeps among its settings of how a tuning went. */
const outcomes = ['stepsDone', 'bestStep'];

/** Loss by step of each scenario's newest tuning, and what other settings came to. */
export function tuningPanel({ tunings, source }: RunSource): PanelResult {
  if (tunings.length === 0) {
    return {
      title: 'Tuning',
      reason: 'the run has no tuning.jsonl',
      command: `q-anchor tune ${source} --data DATASET --scenario NAME`,
    };
  }
  const sweeps = [
    tuningSweep(tunings, {
      id: 'promptTokens',
      xOf: ({ settings }) => settings['promptTokens'],
      moving: ['promptTokens', ...outcomes],
      title: 'Prompt tokens',
      xTitle: 'prompt tokens',
      nameOf,
    }),
    tuningSweep(tunings, {
      id: 'stepsDone',
      // Tuning may end early; older lines do not say what was allowed.
      xOf: ({ settings }) => settings['steps'] ?? settings['stepsDone'],
      moving: ['steps', 'warmupSteps', ...outcomes],
      title: 'Steps',
      xTitle: 'steps at most',
      nameOf,
    }),
  ];
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
          tunedAuc(tuning) ?? null,
        ]),
      },
      ...sweeps.flatMap(({ tables }) => tables),
    ],
    charts: [stepChart(newest(tunings)), ...sweeps.flatMap(({ charts }) => charts)],
  };
}

const settingOf = ({ settings }: TuningRecord, key: string): number | null => {
  const value = settings[key];
  return typeof value === 'number' ? value : null;
};

const lossAt = ({ losses }: TuningRecord, wanted: number): number | null =>
  losses.find(({ step }) => step === wanted)?.loss ?? null;

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

import type { LineChart, PanelResult } from '../model.js';
import type { TrainingLog, TrainingStep } from '../read/metrics-lines.js';
import type { RunSource } from '../read/run-source.js';

/** Points of a drawn curve at most. */
const mostPoints = 120;

interface Trained {
  readonly name: string;
  readonly log: TrainingLog;
}

/** Losses and accuracy by step, the runs over one another. */
export function trainingPanel(runs: readonly RunSource[]): PanelResult {
  const trained = runs.flatMap(({ name, training }): Trained[] =>
    training && training.steps.length > 0 ? [{ name, log: training }] : [],
  );
  if (trained.length === 0) {
    return {
      title: 'Training',
      reason: 'no metrics.jsonl with steps is there',
      command: 'q-anchor pretrain --data DATASET --out RUN, and report RUN rather than a file',
    };
  }
  const widest = Math.max(...trained.map(({ log }) => binSize(log.steps.length)));
  const charts = [
    trainingChart(trained, { id: 'loss', of: 'loss', key: 'loss' }),
    trainingChart(trained, { id: 'contrastive', of: 'contrastive loss', key: 'contrastive' }),
    trainingChart(trained, { id: 'next-token', of: 'next-token loss', key: 'nextToken' }),
    trainingChart(trained, { id: 'accuracy', of: 'accuracy within the batch', key: 'accuracy' }),
    validationChart(trained, { id: 'validation-loss', of: 'loss', key: 'loss' }),
    validationChart(trained, { id: 'validation-accuracy', of: 'accuracy', key: 'accuracy' }),
  ];
  return {
    id: 'training',
    title: 'Training',
    text: widest > 1 ? [`A point is the mean of up to ${widest} steps.`] : [],
    tables: [
      {
        caption: 'Where training ended',
        columns: [
          { title: 'Run' },
          { title: 'Steps', digits: 0 },
          { title: 'Loss, last tenth' },
          { title: 'Accuracy, last tenth' },
          { title: 'Best validation loss' },
          { title: 'at step', digits: 0 },
          { title: 'Minutes in steps', digits: 1 },
          { title: 'Tokens a second', digits: 0 },
        ],
        rows: trained.map(({ name, log }) => rowOf(name, log)),
      },
    ],
    charts: charts.filter(({ series }) => series.length > 0),
  };
}

type Key = 'loss' | 'contrastive' | 'nextToken' | 'accuracy';

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const binSize = (count: number): number => Math.ceil(count / mostPoints);

function binned(
  steps: readonly TrainingStep[],
  valueOf: (step: TrainingStep) => number,
): readonly (readonly [number, number])[] {
  const size = binSize(steps.length);
  return Array.from({ length: Math.ceil(steps.length / size) }, (_, bin) => {
    const own = steps.slice(bin * size, (bin + 1) * size);
    return [mean(own.map(({ step }) => step)), mean(own.map(valueOf))] as const;
  });
}

interface Curve {
  readonly id: string;
  readonly of: string;
  readonly key: Key;
}

const trainingChart = (trained: readonly Trained[], { id, of, key }: Curve): LineChart => ({
  kind: 'lines',
  id: `training-${id}`,
  title: `Training: ${of}`,
  description: `The ${of} of training batches by step, one line a run.`,
  size: 'half',
  xTitle: 'step',
  yTitle: of,
  series: trained.map(({ name, log }, style) => ({
    name,
    style,
    points: binned(log.steps, (step) => step[key]),
  })),
});

const validationChart = (trained: readonly Trained[], { id, of, key }: Curve): LineChart => ({
  kind: 'lines',
  id: `training-${id}`,
  title: `Validation: ${of}`,
  description: `The ${of} of batches of validation users by step, one line a run.`,
  size: 'half',
  xTitle: 'step',
  yTitle: of,
  series: trained.flatMap(({ name, log }, style) =>
    log.validations.length === 0
      ? []
      : [
          {
            name,
            style,
            points: log.validations.map(({ step, validation }) => [step, validation[key]] as const),
          },
        ],
  ),
});

function rowOf(
  name: string,
  { steps, validations }: TrainingLog,
): readonly (string | number | null)[] {
  const end = steps.slice(-Math.ceil(steps.length / 10));
  const [best] = validations.toSorted((a, b) => a.validation.loss - b.validation.loss);
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
  const tokens = steps.reduce((sum, step) => sum + step.tokens, 0);
  return [
    name,
    steps.at(-1)!.step,
    mean(end.map(({ loss }) => loss)),
    mean(end.map(({ accuracy }) => accuracy)),
    best?.validation.loss ?? null,
    best?.step ?? null,
    seconds / 60,
    seconds > 0 ? tokens / seconds : null,
  ];
}

import type { RunSource } from '../read/run-source.js';
import type { Cell, Panel, ReportTable } from '../model.js';

/** What was run, on what, and where. */
export function summaryPanel(runs: readonly RunSource[]): Panel {
  const tables = [
    factsTable('Runs', { runs, facts: runFacts }),
    factsTable('Evaluations', { runs, facts: evaluationFacts }),
    scenarioTable(runs[0]!),
  ];
  return {
    id: 'summary',
    title: 'Summary',
    text:
      runs.length > 1
        ? [
            `Parts about one run alone are about the first, ${runs[0]!.name}; the others are compared.`,
          ]
        : [],
    tables: tables.filter(({ rows }) => rows.length > 0),
    charts: [],
  };
}

type Facts = Readonly<Record<string, string | undefined>>;

const whole = (value: number): string => value.toLocaleString('en');
const short = (digest: string): string => digest.slice(0, 12);

function runFacts({ config, training, tunings, evaluation }: RunSource): Facts {
  const dataset = config?.dataset ?? evaluation?.dataset;
  return {
    Dataset: dataset && `${dataset.name} (${short(dataset.digest)})`,
    Model:
      config && `${config.preset}, ${whole(config.parameters)} parameters, seed ${config.seed}`,
    'Digest of the model': evaluation && short(evaluation.model.digest),
    Backbone: config?.backbone,
    'Training users': config && whole(config.trainUsers),
    'Training pairs': config && whole(config.trainPairs),
    'Training steps': training && whole(training.steps.at(-1)?.step ?? 0),
    Tunings: tunings.length > 0 ? whole(tunings.length) : undefined,
  };
}

function evaluationFacts({ evaluation }: RunSource): Facts {
  if (!evaluation) return {};
  const { made, settings, embedding, scenarios } = evaluation;
  return {
    Evaluated: made.time,
    'q-anchor': `${made.version}${made.commit === undefined ? '' : `, commit ${made.commit}`}`,
    Machine: `${made.processor}, ${made.cores} cores, ${Math.round(made.memoryMB / 1000)} GB; ${made.platform}, Node ${made.node}`,
    Scenarios: whole(Object.keys(scenarios).length),
    'Users embedded': whole(embedding.users),
    'Seed of resampling': `${settings.seed}, ${whole(settings.resamples)} resamples`,
  };
}

/** One row a fact, one column a run; facts that nobody has are left out. */
function factsTable(
  caption: string,
  options: { readonly runs: readonly RunSource[]; readonly facts: (run: RunSource) => Facts },
): ReportTable {
  const columns = options.runs.map((run) => options.facts(run));
  const names = [...new Set(columns.flatMap((facts) => Object.keys(facts)))];
  return {
    caption,
    columns: [{ title: '' }, ...options.runs.map(({ name }) => ({ title: name }))],
    rows: names
      .map((name) => [name, ...columns.map((facts): Cell => facts[name] ?? null)])
      .filter(([, ...cells]) => cells.some((cell) => cell !== null)),
  };
}

const scenarioTable = ({ evaluation }: RunSource): ReportTable => ({
  caption: 'Scenarios',
  columns: [
    { title: 'Scenario' },
    { title: 'Domain' },
    { title: 'Question' },
    { title: 'Known users', digits: 0 },
    { title: 'Test users', digits: 0 },
    { title: 'Positives', digits: 0 },
  ],
  rows: Object.entries(evaluation?.scenarios ?? {}).map(([name, scenario]) => [
    name,
    scenario.domain,
    scenario.queries.join(' | '),
    scenario.knownUsers,
    scenario.users,
    scenario.positives,
  ]),
});

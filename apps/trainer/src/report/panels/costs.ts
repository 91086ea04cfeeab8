import type { PanelResult } from '../model.js';
import type { RunSource } from '../read/run-source.js';

const numberOf = (value: number | string | undefined): number | null =>
  typeof value === 'number' ? value : null;

/** What a scenario costs: to tune, to keep, to ask. */
export function costsPanel({ evaluation, tunings, source }: RunSource): PanelResult {
  const tuned = new Map(tunings.map((tuning) => [tuning.scenario, tuning]));
  const names = [...new Set([...Object.keys(evaluation?.scenarios ?? {}), ...tuned.keys()])];
  if (names.length === 0) {
    return {
      title: 'Costs',
      reason: 'the run was neither evaluated nor tuned',
      command: `q-anchor tune ${source} --data DATASET --scenario NAME`,
    };
  }
  return {
    id: 'costs',
    title: 'Cost of a scenario',
    text: evaluation ? [embeddingText(evaluation.embedding)] : [],
    tables: [
      {
        caption: 'By scenario, newest tuning',
        columns: [
          { title: 'Scenario' },
          { title: 'Tokens of its questions', digits: 0 },
          { title: 'Prompt tokens', digits: 0 },
          { title: 'Artefact, kB', digits: 1 },
          { title: 'Tuning, s', digits: 1 },
          { title: 'of it in prefixes, %', digits: 0 },
          { title: 'Users tuned on', digits: 0 },
        ],
        rows: names.map((name) => {
          const tuning = tuned.get(name);
          return [
            name,
            evaluation?.scenarios[name]?.queryTokens ?? null,
            numberOf(tuning?.settings['promptTokens']),
            tuning ? tuning.bytes / 1000 : null,
            tuning?.seconds ?? null,
            tuning ? (100 * tuning.prefixSeconds) / tuning.seconds : null,
            numberOf(tuning?.settings['users']),
          ];
        }),
      },
    ],
    charts: [],
  };
}

function embeddingText(embedding: {
  readonly users: number;
  readonly questions: number;
  readonly parameterSets: number;
  readonly seconds: number;
}): string {
  const { users, questions, parameterSets, seconds } = embedding;
  const milliseconds = (1000 * seconds) / (users * parameterSets);
  return (
    `Embedding ${users.toLocaleString('en')} users took ${milliseconds.toFixed(1)} ms a user for ` +
    `${questions} questions at once, reading events and starting up among it.`
  );
}

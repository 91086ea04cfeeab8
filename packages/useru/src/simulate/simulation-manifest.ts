import type { Scenario } from '@q-anchor/core';

import { writtenQueries } from '../manifest/queries.js';
import { profileColumns } from './person/profile.js';
import { simulatedScenarios } from './scenarios/all-scenarios.js';
import { modalitySettings, simulatedModalities } from './vocabulary/modalities.js';

const wordColumns: ReadonlySet<string> = new Set(['city_size', 'household', 'income_band']);

const event = {
  user_id: 'VARCHAR',
  time: 'DOUBLE',
  text: 'VARCHAR',
  value: 'DOUBLE',
  category: 'VARCHAR',
};
const point = { user_id: 'VARCHAR', reference_time: 'DOUBLE' };
const byScenario = (type: string): Record<string, string> =>
  Object.fromEntries(simulatedScenarios.map(({ name }) => [name, type]));

/** The columns of each table of a simulation's files, with their types in DuckDB. */
export const simulationTables: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ...Object.fromEntries(simulatedModalities.map((name) => [name, event])),
  people: { ...point, split: 'VARCHAR' },
  profiles: {
    ...point,
    ...Object.fromEntries(
      profileColumns.map((name) => [name, wordColumns.has(name) ? 'VARCHAR' : 'DOUBLE']),
    ),
  },
  labels: { ...point, ...byScenario('INTEGER') },
  truth: { ...point, ...byScenario('DOUBLE') },
};

/** The manifest over a simulation's files; scenarios are those whose labels can be used. */
export function simulationManifest(
  scenarios: readonly Scenario[],
  { windowDays }: { readonly windowDays: number },
): string {
  const sources = Object.entries(simulationTables)
    .filter(([name]) => name !== 'truth')
    .map(
      ([name, columns]) =>
        `  ${name}: { path: ${name}-*.csv, options: { header: false, auto_detect: false, columns: ${JSON.stringify(columns)} } }`,
    );
  const modalities = simulatedModalities.map((name) => {
    const { words, maxEvents, maxTokens } = modalitySettings[name];
    return `  ${name}:
    words: ${words}
    maxEvents: ${maxEvents}
    maxTokens: ${maxTokens}
    sql: select * from ${name}`;
  });
  const questions = scenarios.map(
    ({ name, domain, queries }) => `  ${name}:
    domain: ${domain}
    query: ${JSON.stringify(writtenQueries(queries))}
    sql: select user_id, reference_time, ${name} as label from labels`,
  );
  return `# A simulated population. Times are days since 1970-01-01.
name: simulated
windowDays: ${windowDays}

sources:
${sources.join('\n')}

references:
  sql: select * from people

modalities:
${modalities.join('\n')}

tabular:
  sql: select * from profiles

${questions.length === 0 ? '' : `scenarios:\n${questions.join('\n')}\n`}`;
}

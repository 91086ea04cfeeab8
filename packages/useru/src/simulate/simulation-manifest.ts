import type { Scenario } from '@q-anchor/core';

import { simulatedModalities, type SimulatedModality } from './vocabulary.js';

/** The first day of a simulation on the dataset's axis: Monday, 6 January 2025. */
export const simulationStartDays = 20_094;

/** How long a simulation lasts. */
export const simulationDays = 120;

/** The reference days of scenarios, and a further one for pre-training. */
export const referenceDays = { scenario: 90, earlier: 60 } as const;

/** Events and text tokens kept, as in the paper's release. */
const caps: Readonly<Record<SimulatedModality, readonly [events: number, tokens: number]>> = {
  bill: [250, 50],
  mini: [150, 17],
  spm: [150, 20],
  search: [10, 12],
  app: [100, 15],
};

/**
 * The manifest over the files of a simulation: one CSV a modality, `people.csv` with split and
 * profile, `labels.csv` with a column a scenario.
 */
export function simulationManifest(scenarios: readonly Scenario[]): string {
  const referenceTime = simulationStartDays + referenceDays.scenario;
  const earlierTime = simulationStartDays + referenceDays.earlier;
  const sources = [...simulatedModalities, 'people', 'labels'].map(
    (name) => `  ${name}: ${name}.csv`,
  );
  const modalities = simulatedModalities.map((name) => {
    const [maxEvents, maxTokens] = caps[name];
    return `  ${name}:
    maxEvents: ${maxEvents}
    maxTokens: ${maxTokens}
    sql: select user_id, time, text, value, category from ${name}`;
  });
  const questions = scenarios.map(
    ({ name, domain, query }) => `  ${name}:
    domain: ${domain}
    query: ${query}
    sql: select user_id, ${referenceTime} as reference_time, ${name} as label from labels`,
  );
  return `# A simulated population. Times are days since 1970-01-01.
name: simulated
windowDays: 90

sources:
${sources.join('\n')}

references:
  sql: |
    select user_id, ${referenceTime} as reference_time, split from people
    union all
    select user_id, ${earlierTime}, split from people where split <> 'test'

modalities:
${modalities.join('\n')}

tabular:
  sql: select * exclude (split) from people

${questions.length === 0 ? '' : `scenarios:\n${questions.join('\n')}\n`}`;
}

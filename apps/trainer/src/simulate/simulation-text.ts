import type { DatasetInfo, SimulationTruth } from '@q-anchor/useru';

import { tableText, type TableColumn } from '../display/table.js';
import type { Baseline } from './baselines.js';

const right = (title: string): TableColumn => ({ title, align: 'right' });
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** How hard the scenarios of a simulated dataset are, as a table. */
export function simulationText(
  { scenarios: known }: Pick<DatasetInfo, 'scenarios'>,
  truth: SimulationTruth,
): string {
  const rows = Object.entries(truth.scenarios).map(
    ([name, { baseRate, positiveRate, bayesAuc }]) => [
      name,
      known.find((scenario) => scenario.name === name)?.domain ?? '(left out)',
      percent(baseRate),
      percent(positiveRate),
      bayesAuc.toFixed(3),
    ],
  );
  return tableText(
    [
      { title: 'scenario' },
      { title: 'domain' },
      right('base rate'),
      right('positive'),
      right('Bayes AUC'),
    ],
    rows,
  );
}

/** What counts, order and timing tell on the test split, as a table. */
export function baselinesText(baselines: Readonly<Record<string, Baseline>>): string {
  const rows = Object.entries(baselines).map(
    ([name, { users, positives, bayes, counts, timing }]) => [
      name,
      `${positives} of ${users}`,
      bayes.toFixed(3),
      counts.toFixed(3),
      (bayes - counts).toFixed(3),
      timing.toFixed(3),
      (timing - counts).toFixed(3),
    ],
  );
  return tableText(
    [
      { title: 'test AUC' },
      right('positives'),
      right('Bayes'),
      right('counts'),
      right('Bayes - counts'),
      right('with timing'),
      right('timing - counts'),
    ],
    rows,
  );
}

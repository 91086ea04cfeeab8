import { averageOf, evaluatedRows } from '../averages.js';
import type { PanelResult } from '../model.js';
import type { RunSource } from '../read/run-source.js';
import { rowLabel } from '../row-labels.js';
import { missingEvaluation } from './missing.js';

/** Mean AUC by domain: risk, engagement, marketing, or whatever the dataset has. */
export function domainsPanel(run: RunSource): PanelResult {
  const { evaluation } = run;
  if (!evaluation) return missingEvaluation('By domain', run);
  const scenarios = Object.entries(evaluation.scenarios);
  const domains = [...new Set(scenarios.map(([, { domain }]) => domain))];
  const namesOf = (domain: string): readonly string[] =>
    scenarios.flatMap(([name, one]) => (one.domain === domain ? name : []));
  const rows = evaluatedRows(evaluation);
  const meanOf = (domain: string, row: string): number | null =>
    averageOf(evaluation, { row, measure: 'auc', names: namesOf(domain) }) ?? null;
  return {
    id: 'domains',
    title: 'By domain',
    text: [],
    tables: [
      {
        caption: 'Mean AUC by domain',
        columns: [
          { title: 'Row' },
          ...domains.map((domain) => ({ title: `${domain}, ${scenarioCount(namesOf(domain))}` })),
        ],
        rows: rows.map((row) => [rowLabel(row), ...domains.map((domain) => meanOf(domain, row))]),
      },
    ],
    charts: [
      {
        kind: 'bars',
        id: 'domains-auc',
        title: 'Mean AUC by domain',
        description:
          'Bars of the mean test AUC over the scenarios of each domain, one bar a row of the evaluation, ' +
          'from 0.5, which is chance.',
        size: 'full',
        xTitle: '',
        yTitle: 'mean AUC',
        base: 0.5,
        categories: domains,
        series: rows.flatMap((row, style) => {
          const values = domains.map((domain) => meanOf(domain, row));
          const isKnown = values.some((value) => value !== null);
          return isKnown ? [{ name: rowLabel(row), style, values }] : [];
        }),
      },
    ],
  };
}

const scenarioCount = ({ length }: readonly string[]): string =>
  length === 1 ? '1 scenario' : `${length} scenarios`;

import { expect, test } from 'vitest';

import { resultText } from '../result-text.mjs';
import { places, stages } from '../stages.mjs';

const rows = (query: number, handFeatures: number) => ({
  query: { auc: query },
  noQuery: { auc: 0.7 },
  randomEncoder: { auc: 0.6 },
  handFeatures: { auc: handFeatures },
});

const result = {
  evaluation: {
    scenarios: {
      takeout: { users: 1000, positives: 230, rows: rows(0.8, 0.55) },
      value: { users: 1000, positives: 75, rows: rows(0.5, 0.75) },
    },
  },
  known: [
    { name: 'takeout', query: 'Will they order?' },
    { name: 'value', query: ['Will they pay?', 'How much?'] },
    { name: 'fraud', query: 'Is it a thief?' },
  ],
  truth: { takeout: { bayesAuc: 0.84 }, value: { bayesAuc: 0.81 }, fraud: { bayesAuc: 0.88 } },
};

const lines = (text: string) => text.split('\n').map((line) => line.trim().split(/ {2,}/u));

test('each scenario has its numbers, and the averages theirs', () => {
  const [header, ...table] = lines(resultText(result)).slice(0, 4);
  expect(header).toEqual([
    'test AUC',
    'positives',
    'question',
    'no question',
    'untrained',
    'profile',
    'at best',
  ]);
  expect(table).toEqual([
    ['takeout', '230 of 1000', '0.800', '0.700', '0.600', '0.550', '0.840'],
    ['value', '75 of 1000', '0.500', '0.700', '0.600', '0.750', '0.810'],
    ['average', '0.650', '0.700', '0.600', '0.650', '0.825'],
  ]);
});

test('what the question loses to is said', () => {
  const text = resultText(result);
  expect(text).toContain('0.050 BELOW no question, 0.050 above untrained, 0.000 above profile');
  expect(text).toContain('The profile alone does better in: value.');
  const { takeout } = result.evaluation.scenarios;
  const won = resultText({ ...result, evaluation: { scenarios: { takeout } } });
  expect(won).toContain('0.100 above no question');
  expect(won).not.toContain('does better');
});

test('questions of the evaluated scenarios alone are listed', () => {
  expect(resultText(result)).toContain('takeout: Will they order?');
  expect(resultText(result)).toContain('value: Will they pay? How much?');
  expect(resultText(result)).not.toContain('thief');
});

test('a row that is not known has a column by its name, and no average where a scenario lacks it', () => {
  const { takeout, value } = result.evaluation.scenarios;
  const tuned = { ...takeout, rows: { ...takeout.rows, loraTuned: { auc: 0.82 } } };
  const text = resultText({ ...result, evaluation: { scenarios: { takeout: tuned, value } } });
  const table = lines(text).slice(0, 4);
  expect(table.map((cells) => cells.at(-2))).toEqual(['loraTuned', '0.820', '-', '-']);
});

test('stages hand over to each other what they make', () => {
  const text = stages.map(({ args }) => args.join(' ')).join('\n');
  expect(stages.map(({ args }) => args[0])).toEqual([
    'simulate',
    'pairs',
    'pretrain',
    'tune',
    'evaluate',
    'report',
  ]);
  expect(text).toContain(`--out ${places.dataset}`);
  expect(text).toContain(`--data ${places.dataset} --out ${places.run}`);
  expect(text).toContain(`--save ${places.evaluation}`);
});

/** Rows of an evaluation as the table's columns: by what name, and under which title. */
const titles = new Map([
  ['query', 'question'],
  ['noQuery', 'no question'],
  ['randomEncoder', 'untrained'],
  ['handFeatures', 'profile'],
  ['promptTuned', 'tuned'],
  ['promptTunedPrototype', 'prototypes'],
]);

/** What {@link titles} mean. */
const legend = [
  'AUC: how often somebody it will happen to is ranked above somebody it will not; .5 is chance.',
  '  question     the embedding for the scenario’s question',
  '  no question  the same model, not asked anything',
  '  untrained    the same question before pre-training',
  '  profile      the profile’s 15 columns alone',
  '  at best      the true probabilities, which the simulator knows',
];

const cell = (value) => (Number.isFinite(value) ? value.toFixed(3) : '-');
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Pads every column to its widest cell, the first to the left, the others to the right. */
const tableText = (rows) => {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((text, column) =>
          column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]),
        )
        .join('  '),
    )
    .join('\n');
};

/**
 * What the demo found, as a table with words: the test AUC of each scenario by each kind of features.
 * Rows of an evaluation that are not known here are shown by their own names.
 *
 * @param {{
 *   evaluation: {
 *     scenarios: Record<string, {
 *       users: number,
 *       positives: number,
 *       rows: Record<string, { auc: number }>,
 *     }>,
 *   },
 *   known: readonly { name: string, query: string | readonly string[] }[],
 *   truth: Record<string, { bayesAuc: number }>,
 * }} result evaluate's line of JSON, the scenarios of dataset.json, and the simulator's truth
 * @returns {string}
 */
export const resultText = ({ evaluation, known, truth }) => {
  const scenarios = Object.entries(evaluation.scenarios).map(([name, { rows, ...counts }]) => ({
    name,
    ...counts,
    questions: [known.find((one) => one.name === name)?.query ?? []].flat(),
    best: truth[name]?.bayesAuc,
    aucOf: (row) => rows[row]?.auc,
    rows: Object.keys(rows),
  }));
  const found = new Set(scenarios.flatMap(({ rows }) => rows));
  const columns = [...new Set([...titles.keys(), ...found])].filter((name) => found.has(name));
  // Not a number where a scenario lacks the row.
  const averageOf = (row) => mean(scenarios.map(({ aucOf }) => aucOf(row) ?? Number.NaN));
  const table = tableText([
    ['test AUC', 'positives', ...columns.map((name) => titles.get(name) ?? name), 'at best'],
    ...scenarios.map(({ name, users, positives, aucOf, best }) => [
      name,
      `${positives} of ${users}`,
      ...columns.map((row) => cell(aucOf(row))),
      cell(best),
    ]),
    [
      'average',
      '',
      ...columns.map((row) => cell(averageOf(row))),
      cell(mean(scenarios.map(({ best }) => best))),
    ],
  ]);
  const asked = averageOf('query');
  const compared = columns
    .filter((row) => row !== 'query' && Number.isFinite(averageOf(row)))
    .map((row) => {
      const ahead = asked - averageOf(row);
      return `${cell(Math.abs(ahead))} ${ahead >= 0 ? 'above' : 'BELOW'} ${titles.get(row) ?? row}`;
    });
  const lost = scenarios.filter(
    ({ aucOf }) => (aucOf('handFeatures') ?? 0) > (aucOf('query') ?? 0),
  );
  return [
    table,
    '',
    ...legend,
    ...(found.has('promptTuned')
      ? ['  tuned        with tuned prompt tokens; prototypes: these without a probe']
      : []),
    'The questions:',
    ...scenarios.map(({ name, questions }) => `  ${name}: ${questions.join(' ')}`),
    `On the average the question is ${compared.join(', ')}.`,
    ...(lost.length === 0
      ? []
      : [`The profile alone does better in: ${lost.map(({ name }) => name).join(', ')}.`]),
    'One short run: differences below .02 or so may be chance. This shows, it does not measure.',
  ].join('\n');
};

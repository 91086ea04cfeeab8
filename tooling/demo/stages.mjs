/** Where the demo's files go, below the root of the repository. */
export const places = {
  dataset: 'demo/dataset',
  run: 'demo/run',
  evaluation: 'demo/evaluation.json',
  report: 'demo/report.html',
};

/** Three of the ten scenarios: events common enough among 750 test people, and told by behaviour. */
const scenarios = ['active', 'takeout', 'brand'].flatMap((name) => ['--scenario', name]);

const words = (line) => line.split(' ');

/**
 * What the demo does, in order: the command, what it is for, and whether its own result is shown.
 * Settings were chosen on a world of another seed; docs/LOG.md has what was tried.
 */
export const stages = [
  {
    says: '3,000 simulated people, 60 days of payments, pages, searches and apps, and a profile',
    args: [...words('simulate --users 3000 --days 60 --seed 7 --out'), places.dataset],
  },
  {
    says: 'questions with answers about each person’s past and future, made from the events alone',
    args: ['pairs', places.dataset, ...words('--future 8 --uqa 4')],
  },
  {
    says: 'a small model learns to find the answer from behaviour and question; it sees no label',
    args: [
      ...words('pretrain --preset nano --steps 200 --batch-users 32 --rate 2e-3'),
      ...words('--future-pairs 3 --uqa-pairs 1 --max-answer-tokens 40 --seed 7'),
      '--data',
      places.dataset,
      '--out',
      places.run,
    ],
  },
  {
    says: 'six soft prompt tokens are fitted to the labels of one scenario, the model left as it is',
    args: [
      ...words('tune --scenario takeout --steps 100 --max-users 1000 --data'),
      places.dataset,
      places.run,
    ],
    isShown: true,
  },
  {
    says: 'a logistic probe for each scenario on the frozen embeddings, scored on 750 test people',
    args: [
      'evaluate',
      places.run,
      '--data',
      places.dataset,
      ...scenarios,
      '--save',
      places.evaluation,
    ],
  },
  {
    says: 'one page with charts and tables of all this, for any browser',
    args: ['report', places.run, '--out', places.report],
  },
];

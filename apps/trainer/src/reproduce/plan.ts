import { comparisonsOf, type Comparisons } from './comparisons.js';
import { placesIn } from './places.js';
import { promptTokens, type ReproductionScale } from './scale.js';

/** One step of a reproduction: a command line of q-anchor. */
export interface ReproductionStep {
  /** Its name, unique in the plan. */
  readonly name: string;
  readonly args: readonly string[];
  /** A run that is gone on with where there is one. */
  readonly run?: string;
  /** Roughly, on two quiet cores: what of the whole it is. */
  readonly seconds: number;
}

/** Everything that is done, in order, and what is compared in the end. */
export interface ReproductionPlan {
  readonly steps: readonly ReproductionStep[];
  readonly comparisons: Comparisons;
}

/** What a plan is made from. */
export interface PlanOptions {
  readonly out: string;
  readonly scale: ReproductionScale;
  readonly seed: number;
  /** The scenarios of the main table. */
  readonly scenarios: readonly string[];
  /** Options of the commands that run a model. */
  readonly engine: readonly string[];
}

/** Plans a reproduction: the same options give the same steps. */
export function reproductionPlan(options: PlanOptions): ReproductionPlan {
  const { out, scale, seed, scenarios } = options;
  const places = placesIn(out);
  const { pace, tuneSteps } = scale;
  const comparisons = comparisonsOf(options);
  const trainUsers = Math.min(0.6 * scale.users, 10_000);

  const { dataset } = places;
  const pretrain = (name: string, steps: number, extra: readonly string[] = []) => ({
    name: `pretrain ${name}`,
    run: places.run(name),
    args: commandLine(
      ['pretrain', '--data', dataset, '--out', places.run(name), '--steps', steps],
      scale.pretrain,
      extra.includes('--seed') ? [] : ['--seed', seed],
      extra,
      options.engine,
    ),
    seconds: 10 + steps * pace.trainStep,
  });
  // In one command, since the scenarios have the same users: their prefixes are read once.
  const tune = (
    name: string,
    tuned: readonly string[],
    { tokens = promptTokens, steps = tuneSteps }: { tokens?: number; steps?: number } = {},
  ) => ({
    name: `tune ${name}, ${tokens} tokens, ${steps} steps`,
    args: commandLine(
      ['tune', places.run(name), '--data', dataset],
      scenarioFlags(tuned),
      ['--tokens', tokens, '--steps', steps, '--seed', seed],
      scale.tune,
      options.engine,
    ),
    seconds: 8 + tuned.length * (1 + steps * pace.tuneStep) + 1.3 * trainUsers * pace.user,
  });
  const evaluate = (name: string, extra: readonly string[]) => ({
    name: `evaluate ${name}`,
    args: commandLine(
      ['evaluate', places.run(name), '--data', dataset],
      ['--resamples', scale.resamples, '--seed', seed],
      extra,
      options.engine,
    ),
    seconds: 10 + scale.users * pace.user,
  });
  const compared = (name: string, extra: readonly string[] = []) =>
    evaluate(name, ['--projected-users', '0', '--rows', 'query', ...extra]);

  const swept = scale.sweptScenarios ?? scenarios;
  const comparedOn = scale.comparedScenarios ?? scenarios;
  const untrained = scale.untrainedScenarios ?? scenarios;
  const world = [
    {
      name: 'simulate',
      args: commandLine(
        ['simulate', '--users', scale.users, '--days', scale.days],
        ['--seed', seed, '--out', dataset, '--overwrite'],
      ),
      seconds: scale.users / 250,
    },
    {
      name: 'pairs',
      args: commandLine(
        ['pairs', dataset, '--future', scale.futurePairs, '--uqa', scale.uqaPairs],
        ['--weight', `category=${scale.categoryWeight}`, '--categories', scale.categories],
        ['--seed', seed],
      ),
      seconds: scale.users / 200,
    },
  ];
  const main = [
    pretrain('main', scale.steps),
    // The last tuning of a scenario is the one that stays: the trials come first.
    ...scale.sweptTokens.map((tokens) => tune('main', swept, { tokens })),
    ...scale.sweptSteps.map((steps) => tune('main', swept, { steps })),
    tune('main', scenarios),
    {
      ...evaluate(
        'main',
        commandLine(
          ['--baselines', 'all', '--baseline-steps', scale.baselineSteps],
          scale.baselineUsers === undefined ? [] : ['--baseline-users', scale.baselineUsers],
          scenarioFlags(scenarios),
          scale.hasWiderRows ? ['--rows', ...mainRows, ...widerRows] : [],
          ['--slice', 'city_size', '--projected-users', 200, '--save', places.evaluation],
        ),
      ),
      seconds:
        60 +
        (scale.hasWiderRows ? 24 : 18) * scale.users * pace.user +
        scale.baselineSteps * pace.baselineStep,
    },
    {
      name: 'attention main',
      args: commandLine(
        ['attention', places.run('main'), '--data', dataset, '--users', 200],
        scenarioFlags(scale.attentionScenarios ?? scenarios),
        options.engine,
      ),
      seconds: 20,
    },
  ];
  const others = comparisons.trained.flatMap(({ name, steps, extra, isTuned }) => [
    pretrain(name, steps, extra),
    ...(isTuned
      ? [tune(name, untrained), compared(name, ['promptTuned', ...scenarioFlags(untrained)])]
      : [compared(name, scenarioFlags(comparedOn))]),
  ]);
  const report = {
    name: 'report',
    args: ['report', out, '--out', places.report],
    seconds: 5,
  };
  return { steps: [...world, ...main, ...others, report], comparisons };
}

/** The rows an evaluation has by itself. */
const mainRows = [
  'promptTuned',
  'promptTunedPrototype',
  'query',
  'noQuery',
  'randomEncoder',
  'handFeatures',
] as const;

/** Those whose probes also have the profile's columns, or the questions of all scenarios. */
const widerRows = ['promptTuned', 'query', 'randomEncoder'].flatMap((row) => [
  `${row}BesideHand`,
  `${row}SideBySide`,
]);

const scenarioFlags = (names: readonly string[]): readonly string[] =>
  names.flatMap((name) => ['--scenario', name]);

const commandLine = (...parts: readonly (readonly (string | number)[])[]): readonly string[] =>
  parts.flat().map(String);

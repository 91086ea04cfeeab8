/** How large a reproduction is: everything that decides its numbers beside the seed. */
export interface ReproductionScale {
  /** Simulated people, and days before their reference. */
  readonly users: number;
  readonly days: number;
  /** D_future and D_uqa pairs a reference point, how often a category is asked about, and how many are. */
  readonly futurePairs: number;
  readonly uqaPairs: number;
  readonly categoryWeight: number;
  readonly categories: number;
  /** Options of every pre-training. */
  readonly pretrain: readonly string[];
  /** Steps of the model that is reported on. */
  readonly steps: number;
  /** Steps of those it is compared with by parts and data; none are trained by default. */
  readonly comparedSteps?: number;
  /** Models that differ in the seed alone, the first among them. */
  readonly seeds: number;
  /** Steps of baselines that are trained, and users a batch of theirs, the run's by default. */
  readonly baselineSteps: number;
  readonly baselineUsers?: number;
  /** Options of every tuning but its tokens and steps. */
  readonly tune: readonly string[];
  readonly tuneSteps: number;
  /** Prompt tokens and steps that are tried, beside the ones everything else has. */
  readonly sweptTokens: readonly number[];
  readonly sweptSteps: readonly number[];
  /** Scenarios of the main table; all of the simulated world by default. */
  readonly scenarios?: readonly string[];
  /**
   * Scenarios of these trials, of comparing by parts and data, of tuning without pre-training, and of
   * attention; those of the main table by default.
   */
  readonly sweptScenarios?: readonly string[];
  readonly comparedScenarios?: readonly string[];
  readonly untrainedScenarios?: readonly string[];
  readonly attentionScenarios?: readonly string[];
  /**
   * Whether the main table also has embeddings beside the profile's columns, and embeddings for the questions
   * of all its scenarios side by side.
   */
  readonly hasWiderRows?: true;
  readonly resamples: number;
  /**
   * Seconds on two quiet cores: of a step of training, of all baselines that are trained, of tuning, and of
   * embedding a user.
   */
  readonly pace: {
    readonly trainStep: number;
    readonly baselineStep: number;
    readonly tuneStep: number;
    readonly user: number;
  };
}

/** The paper's: so many prompt tokens have all scenarios of the main table. */
export const promptTokens = 6;

/** The shares of the pairs of the paper's data-scaling table. */
export const dataShares = [0.2, 0.4, 0.6, 0.8, 1] as const;

/**
 * Questions and events share a table of words, and heads compare content far away: for questions to find
 * what they name. Embeddings are what the head reads, which keeps more of a user than the head does.
 */
const nano = (options: string): readonly string[] =>
  `--preset nano --event-table decoder --rotary-base 1e6 --embedding hidden ${options}`.split(' ');

/** Days and pairs of the smaller scales. */
const sixtyDays = { days: 60, futurePairs: 24, uqaPairs: 24, categoryWeight: 20, categories: 60 };

/** The scales by name. */
export const reproductionScales = {
  quick: {
    users: 3000,
    ...sixtyDays,
    pretrain: nano(
      '--batch-users 24 --future-pairs 5 --uqa-pairs 4 --rate 2e-3 --max-answer-tokens 24 ' +
        '--validation-users 96 --checkpoint-steps 50',
    ),
    steps: 300,
    comparedSteps: 30,
    seeds: 1,
    baselineSteps: 30,
    tune: ['--max-users', '700', '--batch-users', '32'],
    tuneSteps: 100,
    sweptTokens: [1, 2, 4, 8, 16],
    sweptSteps: [25, 50, 75],
    sweptScenarios: ['takeout'],
    comparedScenarios: ['active', 'login', 'money', 'takeout', 'brand', 'value'],
    untrainedScenarios: ['active', 'takeout', 'money'],
    attentionScenarios: ['takeout', 'forest'],
    resamples: 300,
    pace: { trainStep: 0.7, baselineStep: 0.4, tuneStep: 0.05, user: 0.004 },
  },
  medium: {
    users: 20_000,
    ...sixtyDays,
    pretrain: nano(
      '--batch-users 24 --future-pairs 5 --uqa-pairs 4 --rate 2e-3 --max-answer-tokens 24 ' +
        '--checkpoint-steps 250',
    ),
    // Each training user once on the average: the model learns answers of those who come again by heart.
    steps: 500,
    seeds: 1,
    baselineSteps: 1000,
    baselineUsers: 64,
    tune: [],
    tuneSteps: 500,
    sweptTokens: [1, 2, 4, 8, 16],
    sweptSteps: [100, 200, 300, 400],
    sweptScenarios: ['takeout', 'login'],
    hasWiderRows: true,
    resamples: 500,
    pace: { trainStep: 0.7, baselineStep: 1.1, tuneStep: 0.09, user: 0.004 },
  },
  full: {
    users: 20_000,
    days: 90,
    futurePairs: 32,
    uqaPairs: 24,
    categoryWeight: 20,
    categories: 60,
    pretrain: nano(
      '--batch-users 32 --future-pairs 6 --uqa-pairs 5 --rate 2e-3 --max-answer-tokens 24 ' +
        '--checkpoint-steps 125',
    ),
    steps: 375,
    comparedSteps: 375,
    seeds: 3,
    baselineSteps: 1000,
    baselineUsers: 64,
    tune: [],
    tuneSteps: 500,
    sweptTokens: [1, 2, 4, 8, 16],
    sweptSteps: [100, 200, 300, 400],
    sweptScenarios: ['active', 'takeout', 'login', 'money', 'value'],
    hasWiderRows: true,
    resamples: 500,
    pace: { trainStep: 1.3, baselineStep: 2, tuneStep: 0.09, user: 0.008 },
  },
} as const satisfies Readonly<Record<string, ReproductionScale>>;

/** The name of a scale. */
export type ScaleName = keyof typeof reproductionScales;

import { dataShares, type ReproductionScale } from './scale.js';

/** A run beside the main one. */
interface ComparedRun {
  /** The name of its folder. */
  readonly name: string;
  /** What is written beside it. */
  readonly label: string;
  /** The row of its evaluation that counts. */
  readonly row: 'query' | 'promptTuned';
}

/** What a report of a reproduction sets side by side. */
export interface Comparisons {
  /** Parts taken away; the first is the whole. */
  readonly ablations: readonly ComparedRun[];
  /** Shares of the pairs, the last all. */
  readonly scaling: readonly (ComparedRun & { readonly share: number })[];
  /** Equal but for the seed. */
  readonly seeds: readonly ComparedRun[];
  /** Runs to train beside the main one. */
  readonly trained: readonly {
    readonly name: string;
    readonly steps: number;
    readonly extra: readonly string[];
    /** Tuned rather than asked. */
    readonly isTuned?: boolean;
  }[];
}

const layout = (name: string): readonly string[] => ['--prefix-layout', `coarse-to-fine-${name}`];

/** Parts that the paper takes away, as options of `pretrain`. */
const ablations = [
  { name: 'no-user-token', label: 'no user token', extra: layout('without-user-token') },
  {
    name: 'no-modality-tokens',
    label: 'no modality tokens',
    extra: layout('without-modality-tokens'),
  },
  {
    name: 'no-summary-tokens',
    label: 'neither user nor modality tokens',
    extra: layout('without-summary-tokens'),
  },
  {
    name: 'no-false-negative-mask',
    label: 'no mask of false negatives',
    // Cosines are at most 2 apart, so that nothing is beyond this margin.
    extra: ['--margin', '2', '--mask-equal-answers', 'off'],
  },
  { name: 'no-next-token-loss', label: 'no next-token loss', extra: ['--ntp-weight', '0'] },
  {
    name: 'no-contrastive-loss',
    label: 'no contrastive loss',
    extra: ['--contrastive-weight', '0'],
  },
] as const;

/** The runs of a reproduction beside the main one. */
export function comparisonsOf({
  scale,
  seed,
}: {
  readonly scale: ReproductionScale;
  readonly seed: number;
}): Comparisons {
  const { comparedSteps, steps } = scale;
  const seeds = Array.from({ length: scale.seeds }, (_, i) => ({
    name: i === 0 ? 'main' : `seed-${seed + i}`,
    label: `seed ${seed + i}`,
    row: 'query' as const,
    steps,
    extra: ['--seed', `${seed + i}`],
  }));
  const seeded = {
    seeds: seeds.map(({ name, label, row }) => ({ name, label, row })),
    trained: seeds.slice(1).map(({ name, steps: own, extra }) => ({ name, steps: own, extra })),
  };
  if (comparedSteps === undefined) return { ablations: [], scaling: [], ...seeded };
  // Of as many steps, the main run is the whole itself.
  const whole = comparedSteps === steps ? 'main' : 'whole';
  // Reference points of the training split: two of each person in it.
  const points = 2 * Math.floor(0.6 * scale.users);
  const parts = dataShares.slice(0, -1).map((share) => ({
    name: `data-${Math.round(100 * share)}`,
    label: `${Math.round(100 * share)} % of the pairs`,
    row: 'query' as const,
    share,
    // Each pair is seen as often, as in one pass over fewer.
    steps: Math.round(share * comparedSteps),
    extra: ['--max-users', `${Math.round(share * points)}`],
  }));
  const asked = { row: 'query' as const };
  return {
    ablations: [
      { name: whole, label: 'whole', ...asked },
      ...ablations.map(({ name, label }) => ({ name, label, ...asked })),
      { name: 'untrained', label: 'prompt-tuned without pre-training', row: 'promptTuned' },
    ],
    scaling: [
      ...parts.map(({ name, label, row, share }) => ({ name, label, row, share })),
      { name: whole, label: 'all pairs', ...asked, share: 1 },
    ],
    seeds: seeded.seeds,
    trained: [
      ...(whole === 'main' ? [] : [{ name: whole, steps: comparedSteps, extra: [] }]),
      ...ablations.map(({ name, extra }) => ({ name, steps: comparedSteps, extra })),
      { name: 'untrained', steps: 0, extra: [], isTuned: true },
      ...parts.map(({ name, steps: own, extra }) => ({ name, steps: own, extra })),
      ...seeded.trained,
    ],
  };
}

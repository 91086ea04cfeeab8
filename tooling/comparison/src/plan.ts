import { texts } from './texts.js';

/** Saves a model again by `save_pretrained`. */
export interface SaveStep {
  readonly do: 'save';
  /** Directory of the model. */
  readonly model: string;
  /** Directory to make. */
  readonly to: string;
  /** The automatic class of `transformers` it is loaded by. */
  readonly class: 'AutoModelForCausalLM' | 'AutoModel' | 'AutoModelForMaskedLM';
  /** PyTorch's name of the type. */
  readonly dtype: 'float32' | 'float16' | 'bfloat16';
  /** Size of a shard, as `save_pretrained` reads it. */
  readonly shardSize: string;
}

/** Writes an adapter by PEFT. */
export interface AdapterStep {
  readonly do: 'adapter';
  /** Directory of the model. */
  readonly model: string;
  /** Directory to make. */
  readonly to: string;
  /** `target_modules` as PEFT reads them. */
  readonly targets: string | readonly string[];
  readonly rank: number;
  readonly alpha: number;
  readonly isRankStabilised: boolean;
  readonly seed: number;
  /** B's deviation times the root of the rank. */
  readonly strengthOfB: number;
}

/** Computes a model's outputs. */
interface RunStep {
  readonly do: 'run';
  /** Name of the files with the outputs. */
  readonly name: string;
  /** Directory of the model. */
  readonly model: string;
  /** Directory of adapters to put on it. */
  readonly adapter?: string;
}

/** What the Python side does, in this order. */
export interface Plan {
  readonly texts: typeof texts;
  /** Folder for outputs. */
  readonly results: string;
  readonly steps: readonly (SaveStep | AdapterStep | RunStep)[];
}

/** A thing to compare: what stands in the table, the steps before it, and the run both sides do. */
export interface Comparison {
  readonly title: string;
  readonly before: readonly (SaveStep | AdapterStep)[];
  readonly run: RunStep;
}

/** The plan of some comparisons. */
export const planOf = (comparisons: readonly Comparison[], results: string): Plan => ({
  texts,
  results,
  steps: comparisons.flatMap(({ before, run }) => [...before, run]),
});

/** A name as part of a path. */
export const fileName = (name: string): string => name.replaceAll(/[^\w.]+/g, '-');

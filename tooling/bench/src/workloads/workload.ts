import type { KernelTimes } from '@q-anchor/backend';

/** Sizes of a decoder's training step. */
export interface TrainStepShape {
  readonly batch: number;
  readonly length: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly vocabulary: number;
  readonly feedForward: number;
}

/** Sizes of a decoder reading tokens, alone or behind a cached prefix. */
export interface PrefixQueryShape {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly feedForward: number;
  /** Tokens whose keys and values are cached; 0 where the tokens are the prefix itself. */
  readonly prefixTokens: number;
  /** Tokens of one query. */
  readonly queryTokens: number;
  /** Queries packed in one run; none of them sees another. */
  readonly queries: number;
}

/** A decoder's work: what a bench is about, and what PyTorch has twins of. */
export type DecoderWorkload = {
  /** What the report calls it. */
  readonly name: string;
} & (
  | { readonly kind: 'train-step'; readonly shape: TrainStepShape }
  | { readonly kind: 'prefix-query'; readonly shape: PrefixQueryShape }
);

/** A product of two square matrices, to compare speeds with. */
export interface MatrixProduct {
  /** What the report calls it. */
  readonly name: string;
  readonly kind: 'matrix-product';
  /** Rows and columns. */
  readonly size: number;
}

/** Something to time. */
export type Workload = DecoderWorkload | MatrixProduct;

/** A workload ready to run again and again in this process. */
export interface PreparedWorkload extends AsyncDisposable {
  /** Runs it once. */
  run(): Promise<void>;
  /** Kernel times over all runs so far, where it was prepared with `profile`. */
  endProfile(): Promise<KernelTimes>;
}

/** How an engine is set up for a measurement. */
export interface RunOptions {
  /** Threads of one run; the engine's own choice by default. */
  readonly threads?: number;
  /** Whether to time every kernel, which slows runs down. */
  readonly profile?: boolean;
  /** Integers that frozen weights are quantised to; floats by default. */
  readonly weights?: QuantisedWeights;
}

/** Integers that weights can be quantised to. */
export type QuantisedWeights = 'int8' | 'int4';

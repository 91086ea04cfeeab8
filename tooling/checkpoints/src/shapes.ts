/** Architectures of a checkpoint. */
export const architectures = ['qwen2', 'qwen3', 'bert'] as const;

/** One of {@link architectures}. */
export type Architecture = (typeof architectures)[number];

/** Sizes by which the shape of a model is told; a flag of the same name sets each. */
export interface Sizes {
  /** Rows of the embedding table. */
  readonly vocabulary: number;
  /** Size of the hidden states. */
  readonly width: number;
  /** Layers. */
  readonly layers: number;
  /** Query heads. */
  readonly heads: number;
  /** Key and value heads; BERT has as many as query heads. */
  readonly kvHeads: number;
  /** Size of one head; BERT's is the width by the heads. */
  readonly headSize: number;
  /** Inner size of the feed-forward layer. */
  readonly feedForward: number;
  /** Positions. */
  readonly maxPositions: number;
}

/** A named shape. */
export interface Shape {
  /** Which architecture has it. */
  readonly architecture: Architecture;
  /** Its sizes. */
  readonly sizes: Sizes;
  /** Whether the output layer is the embedding table. */
  readonly isTied: boolean;
}

const nanoDecoder: Sizes = {
  vocabulary: 1200,
  width: 64,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headSize: 16,
  feedForward: 160,
  maxPositions: 2048,
};

/** Small shapes of each architecture. */
export const nanoShapes: Readonly<Record<Architecture, Shape>> = {
  qwen2: { architecture: 'qwen2', sizes: nanoDecoder, isTied: true },
  // Heads of Qwen3 are wider than the width by the heads.
  qwen3: { architecture: 'qwen3', sizes: { ...nanoDecoder, headSize: 32 }, isTied: true },
  bert: {
    architecture: 'bert',
    sizes: { ...nanoDecoder, kvHeads: 4, feedForward: 128, maxPositions: 128 },
    isTied: false,
  },
};

/** Shapes of published models. */
export const publishedShapes: Readonly<Record<string, Shape>> = {
  'qwen2.5-0.5b': {
    architecture: 'qwen2',
    sizes: {
      vocabulary: 151_936,
      width: 896,
      layers: 24,
      heads: 14,
      kvHeads: 2,
      headSize: 64,
      feedForward: 4864,
      maxPositions: 32_768,
    },
    isTied: true,
  },
  'qwen3-0.6b': {
    architecture: 'qwen3',
    sizes: {
      vocabulary: 151_936,
      width: 1024,
      layers: 28,
      heads: 16,
      kvHeads: 8,
      headSize: 128,
      feedForward: 3072,
      maxPositions: 40_960,
    },
    isTied: true,
  },
  'gte-base': {
    architecture: 'bert',
    sizes: {
      vocabulary: 30_522,
      width: 768,
      layers: 12,
      heads: 12,
      kvHeads: 12,
      headSize: 64,
      feedForward: 3072,
      maxPositions: 512,
    },
    isTied: false,
  },
};

/** Everything that decides a pre-training run beside data and seed. */
export interface Hyperparameters {
  readonly architecture: 'qwen2' | 'qwen3';
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly feedForward: number;
  readonly maxPositions: number;
  readonly rotaryBase: number;
  readonly tiedEmbeddings: boolean;
  /** What a decoder's values and those around it start with. */
  readonly start: 'random' | 'matching';
  readonly eventWidth: number;
  /** Whose table embeds the tokens of event texts. */
  readonly eventTable: 'own' | 'decoder';
  readonly timeFeatures: boolean;
  readonly valueFeatures: boolean;
  readonly userMean: 'present' | 'all';
  /** The name of a `PrefixLayout`. */
  readonly prefixLayout: string;
  /** Weight of a question's mean in the input of its `<|user_emb|>`, 0 for none. */
  readonly questionWeight: number;
  readonly loraRank: number;
  readonly loraAlpha: number;
  readonly loraDropout: number;
  readonly loraTargets: string;
  readonly textEncoderLoraRank: number;
  readonly textEncoderLoraAlpha: number;
  readonly textEncoderLoraDropout: number;
  readonly textEncoderLoraTargets: string;
  readonly headHidden: number;
  readonly headOutput: number;
  readonly embedding: 'head' | 'hidden';
  readonly contrastive: 'paper' | 'release';
  readonly temperature: number;
  readonly margin: number;
  readonly maskEqualAnswers: boolean;
  readonly contrastiveWeight: number;
  readonly ntpWeight: number;
  readonly ntpReduction: 'mean' | 'sum';
  readonly steps: number;
  readonly batchUsers: number;
  readonly microBatches: number;
  readonly futurePairs: number;
  readonly uqaPairs: number;
  readonly bucketBatches: number;
  readonly maxUsers: number;
  readonly tokenizerUsers: number;
  readonly maxQueryTokens: number;
  readonly maxAnswerTokens: number;
  readonly rate: number;
  readonly warmup: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly clip: number;
}

/** Those that a backbone decides. */
export const backboneKeys = [
  'architecture',
  'vocabulary',
  'width',
  'layers',
  'heads',
  'kvHeads',
  'feedForward',
  'maxPositions',
  'rotaryBase',
  'tiedEmbeddings',
  'start',
  'eventWidth',
  'eventTable',
  'tokenizerUsers',
] as const satisfies readonly (keyof Hyperparameters)[];

/** Those that mean something with a backbone alone. */
export const loraKeys = [
  'loraRank',
  'loraAlpha',
  'loraDropout',
  'loraTargets',
] as const satisfies readonly (keyof Hyperparameters)[];

/** Those that mean something with a text encoder alone. */
export const textEncoderLoraKeys = [
  'textEncoderLoraRank',
  'textEncoderLoraAlpha',
  'textEncoderLoraDropout',
  'textEncoderLoraTargets',
] as const satisfies readonly (keyof Hyperparameters)[];

/** The option of a hyperparameter. */
export const flagOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}`;

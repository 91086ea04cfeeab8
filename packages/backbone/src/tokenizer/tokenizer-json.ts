/** A token that stands outside the merges, as `tokenizer.json` lists it. */
export interface AddedToken {
  /** Its id. */
  readonly id: number;
  /** Its text. */
  readonly content: string;
  /** Whether it is a control token, and not just a word added later. */
  readonly special?: boolean | undefined;
  /** Flags of the format that are kept as they were read. */
  readonly [flag: string]: unknown;
}

/** A byte-pair model: GPT-2, Qwen2, Qwen3, ours. */
export interface BytePairModel {
  /** Always `BPE`. */
  readonly type: 'BPE';
  /** Token (in the byte alphabet) to id. */
  readonly vocab: Readonly<Record<string, number>>;
  /** Merges by rank: `'left right'`, or `['left', 'right']` in newer files. */
  readonly merges: readonly (string | readonly [string, string])[];
  /** Other settings of the model. */
  readonly [setting: string]: unknown;
}

/** A WordPiece model: BERT and its kin. */
export interface WordPieceModel {
  /** Always `WordPiece`. */
  readonly type: 'WordPiece';
  /** Token to id; a token that goes on inside a word begins with the prefix. */
  readonly vocab: Readonly<Record<string, number>>;
  /** What stands for a word that the vocabulary cannot spell. */
  readonly unk_token: string;
  /** `##` as a rule. */
  readonly continuing_subword_prefix: string;
  /** Other settings of the model. */
  readonly [setting: string]: unknown;
}

/** The part of Hugging Face's `tokenizer.json` that is read here; all other parts are kept. */
export interface TokenizerJson {
  /** Tokens outside the model's own, special tokens among them. */
  readonly added_tokens: readonly AddedToken[];
  /** What cuts a word into tokens. */
  readonly model: BytePairModel | WordPieceModel;
  /** Normalizer, pre-tokenizer, decoder and the rest. */
  readonly [part: string]: unknown;
}

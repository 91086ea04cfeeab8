/** The tokenizer files of a model directory. */
export interface TokenizerSet {
  /** Content of `tokenizer.json`. */
  readonly tokenizer: Readonly<Record<string, unknown>>;
  /** Content of `tokenizer_config.json`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Content of `special_tokens_map.json`. */
  readonly specialTokens: Readonly<Record<string, unknown>>;
  /** Ids that the other files name; `eosId` for decoders alone. */
  readonly ids: { readonly padId: number; readonly eosId: number | undefined };
}

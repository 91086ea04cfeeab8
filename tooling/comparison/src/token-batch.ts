import type { ModelDirectory } from '@q-anchor/backbone';
import type { TensorData } from '@q-anchor/graph';

/** Texts as a padded batch, each `int64 [texts, time]` but the last. */
export interface TokenBatch {
  readonly ids: TensorData;
  /** 1 at tokens, 0 at padding. */
  readonly mask: TensorData;
  /** 0 at tokens, -1 at padding. */
  readonly segments: TensorData;
  readonly positions: TensorData;
  /** Where each text's last token is among all, `int64 [texts]`. */
  readonly last: TensorData;
}

const int64 = (shape: readonly number[], values: readonly number[]): TensorData => ({
  dtype: 'int64',
  shape,
  data: BigInt64Array.from(values, BigInt),
});

/** Texts by a model's own tokenizer, between `[CLS]` and `[SEP]` for BERT, padded on the right. */
export function tokenBatch(model: ModelDirectory, texts: readonly string[]): TokenBatch {
  const { tokenizer, specialTokens } = model;
  const { cls, sep, pad } = specialTokens;
  const around = (ids: readonly number[]): readonly number[] =>
    model.kind === 'bert' ? [cls!.id, ...ids, sep!.id] : ids;
  const rows = texts.map((text) => around(tokenizer.encode(text)));
  const time = Math.max(...rows.map(({ length }) => length));
  const byToken = (value: (row: readonly number[], at: number) => number): TensorData =>
    int64(
      [rows.length, time],
      rows.flatMap((row) => Array.from({ length: time }, (_, at) => value(row, at))),
    );
  return {
    ids: byToken((row, at) => row[at] ?? pad!.id),
    mask: byToken((row, at) => (at < row.length ? 1 : 0)),
    segments: byToken((row, at) => (at < row.length ? 0 : -1)),
    positions: byToken((_, at) => at),
    last: int64(
      [rows.length],
      rows.map((row, i) => i * time + row.length - 1),
    ),
  };
}

import {
  add,
  cast,
  divide,
  equal,
  greater,
  matmul,
  maximum,
  multiply,
  reduceSum,
  reshape,
  type Tensor,
  type TokenLayout,
} from '@q-anchor/graph';

/** How a question joins the input of its `<|user_emb|>`. */
export interface QuestionMeanConfig {
  /** What the mean of the question's token embeddings is multiplied by. */
  readonly weight: number;
  /** Id of `<|user_emb|>`. */
  readonly userEmbeddingId: number;
}

/**
 * Token embeddings of questions, where each `<|user_emb|>` begins with what was asked:
 * `e'(<|user_emb|>) = e(<|user_emb|>) + w / n * sum e(q_1..q_n)`, q the n tokens before it in its segment.
 * Asked nothing, or without a configuration, it stays as it is.
 *
 * So its attention can be compared with the events' keys in the first layer already. Without it the first
 * layer has to collect the question before the second can look for what it names, which a small model of
 * two layers did not learn in hundreds of steps. No token of a prefix depends on it.
 *
 * @param embeddings - `[batch, tokens, D]`
 * @param options - ids, segments and positions `[batch, tokens]`, and the weight
 * @returns `[batch, tokens, D]`
 */
export function withQuestionMeans(
  embeddings: Tensor,
  options: {
    readonly ids: Tensor;
    readonly layout: TokenLayout;
    readonly questionMean: QuestionMeanConfig | undefined;
  },
): Tensor {
  const { ids, layout, questionMean } = options;
  if (!questionMean) return embeddings;
  const { weight, userEmbeddingId } = questionMean;
  const { graph, dtype } = embeddings;
  const [batch, tokens] = ids.shape as readonly [Tensor['shape'][number], Tensor['shape'][number]];
  const id = graph.constant({
    dtype: 'int64',
    shape: [1, 1],
    data: BigInt64Array.of(BigInt(userEmbeddingId)),
  });
  const asRows = (x: Tensor): Tensor => reshape(x, [batch, tokens, 1]);
  const asColumns = (x: Tensor): Tensor => reshape(x, [batch, 1, tokens]);
  const positions = cast(layout.positions, dtype);
  const isAsked = [
    cast(equal(asRows(layout.segments), asColumns(layout.segments)), dtype),
    cast(greater(asRows(positions), asColumns(positions)), dtype),
    asRows(cast(equal(ids, id), dtype)),
  ].reduce((a, b) => multiply(a, b));
  const counts = reduceSum(isAsked, { axes: [-1], keepDimensions: true });
  const means = divide(matmul([isAsked, embeddings]), maximum(counts, 1));
  return add(embeddings, multiply(means, weight));
}

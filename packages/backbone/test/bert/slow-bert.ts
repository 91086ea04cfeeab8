import type { BertConfig } from '@q-anchor/backbone';
import type { Tensors } from '@q-anchor/backend';

type Vector = readonly number[];

/** The error function, by its series (precise for the arguments of these tests). */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 300; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** Hidden states of one text, token by token and head by head in float64: no batch, no padding, no graph. */
export function slowBert(
  ids: readonly number[],
  {
    config,
    weights,
    tokenTypes = ids.map(() => 0),
  }: {
    readonly config: BertConfig;
    readonly weights: Tensors;
    readonly tokenTypes?: readonly number[];
  },
): readonly Vector[] {
  const rows = (name: string): readonly Vector[] => {
    const { shape, data } = weights[`${name}.weight`]!;
    const width = shape[1]!;
    return Array.from({ length: shape[0]! }, (_, r) =>
      Array.from(data.subarray(r * width, (r + 1) * width), Number),
    );
  };
  const vector = (name: string): Vector => Array.from(weights[name]!.data, Number);
  const plus = (a: Vector, b: Vector): Vector => a.map((value, i) => value + b[i]!);
  const dot = (a: Vector, b: Vector): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const projection = (name: string): ((x: Vector) => Vector) => {
    const [matrix, bias] = [rows(name), vector(`${name}.bias`)];
    return (x) => matrix.map((row, i) => dot(row, x) + bias[i]!);
  };
  const norm = (name: string): ((x: Vector) => Vector) => {
    const [scale, shift] = [vector(`${name}.weight`), vector(`${name}.bias`)];
    return (x) => {
      const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
      const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
      return x.map(
        (value, i) =>
          ((value - mean) / Math.sqrt(variance + config.normEpsilon)) * scale[i]! + shift[i]!,
      );
    };
  };

  const [words, places, types] = [
    rows('embeddings.word_embeddings'),
    rows('embeddings.position_embeddings'),
    rows('embeddings.token_type_embeddings'),
  ];
  const first = norm('embeddings.LayerNorm');
  let states = ids.map((id, t) =>
    first(plus(plus(words[id]!, places[t]!), types[tokenTypes[t]!]!)),
  );
  const size = config.width / config.heads;
  for (let layer = 0; layer < config.layers; layer++) {
    const at = `encoder.layer.${layer}`;
    const of = (name: string): readonly Vector[] =>
      states.map(projection(`${at}.attention.self.${name}`));
    const [queries, keys, values] = [of('query'), of('key'), of('value')];
    const mixed = queries.map((query) =>
      Array.from({ length: config.heads }, (_, head) => {
        const own = (x: Vector): Vector => x.slice(head * size, (head + 1) * size);
        const scores = keys.map((key) => Math.exp(dot(own(query), own(key)) / Math.sqrt(size)));
        const total = scores.reduce((sum, score) => sum + score, 0);
        return Array.from({ length: size }, (__, i) =>
          values.reduce((sum, value, t) => sum + (scores[t]! / total) * own(value)[i]!, 0),
        );
      }).flat(),
    );
    const project = projection(`${at}.attention.output.dense`);
    const afterAttention = norm(`${at}.attention.output.LayerNorm`);
    states = states.map((x, t) => afterAttention(plus(x, project(mixed[t]!))));
    const [up, down] = [projection(`${at}.intermediate.dense`), projection(`${at}.output.dense`)];
    const last = norm(`${at}.output.LayerNorm`);
    states = states.map((x) =>
      last(plus(x, down(up(x).map((value) => (value / 2) * (1 + erf(value / Math.SQRT2)))))),
    );
  }
  return states;
}

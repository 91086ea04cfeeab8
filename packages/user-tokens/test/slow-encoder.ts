import type { TensorData } from '@q-anchor/graph';
import type { UserProfile } from '@q-anchor/core';
import type { CollateUsersOptions } from '@q-anchor/user-tokens';

type Vector = readonly number[];

/** Matrix times vector, plus a bias. */
const times = (weight: TensorData, x: Vector, bias?: TensorData): Vector =>
  Array.from({ length: weight.shape[0]! }, (_, row) =>
    x.reduce(
      (sum, value, i) => sum + value * Number(weight.data[row * x.length + i]),
      bias ? Number(bias.data[row]) : 0,
    ),
  );

const sumOf = (vectors: readonly Vector[], width: number): Vector =>
  Array.from({ length: width }, (_, i) => vectors.reduce((sum, v) => sum + v[i]!, 0));

const scaled = (v: Vector, factor: number): Vector => v.map((value) => value * factor);

/** The error function, by its series (precise for the small arguments of these tests). */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const circle = (ageDays: number, periodDays: number): Vector => [
  Math.sin((2 * Math.PI * ageDays) / periodDays),
  Math.cos((2 * Math.PI * ageDays) / periodDays),
];

/**
 * The prefix of one user, token by token, straight from the formulas: no batch, no padding, no
 * graph, float64.
 */
export function slowPrefix(
  user: UserProfile,
  {
    parameters,
    options,
  }: {
    readonly parameters: Readonly<Record<string, TensorData>>;
    readonly options: CollateUsersOptions;
  },
): Vector[] {
  const {
    config,
    tokenizer,
    tabular = { columns: [] },
    valueScales = {},
    headerIds = [],
  } = options;
  const { eventWidth, windowDays } = config;
  const of = (name: string): TensorData => parameters[`encoder.${name}`]!;
  const row = (table: TensorData, id: number): Vector => {
    const width = table.shape[1]!;
    return [...table.data.subarray(id * width, (id + 1) * width)].map(Number);
  };
  const word = (id: number): Vector => row(parameters['model.embed_tokens.weight']!, id);

  const adapted = (name: string, h: Vector): Vector => {
    const part = (key: string): TensorData => of(`adapters.${name}.${key}`);
    const mean = h.reduce((sum, value) => sum + value, 0) / h.length;
    const variance = h.reduce((sum, value) => sum + (value - mean) ** 2, 0) / h.length;
    const normed = h.map(
      (value, i) =>
        ((value - mean) / Math.sqrt(variance + 1e-6)) * Number(part('norm.weight').data[i]) +
        Number(part('norm.bias').data[i]),
    );
    const up = times(part('up.weight'), normed, part('up.bias'));
    const gelu = up.map((value) => 0.5 * value * (1 + erf(value / Math.SQRT2)));
    return times(part('down.weight'), gelu, part('down.bias'));
  };

  const modalities = config.modalities.map(({ name, maxEvents, maxTokens }) => {
    const before = (user.events[name] ?? []).filter((e) => e.timeDays < user.referenceDays);
    const ranked = before.map((e, order) => ({ ...e, order }));
    ranked.sort((a, b) => a.timeDays - b.timeDays || a.order - b.order);
    const newest = ranked.filter((_, i) => i >= ranked.length - maxEvents);
    const embeddings = newest.map(({ text, timeDays, value }) => {
      const ids = tokenizer.encode(text).filter((_, i) => i < maxTokens);
      const tokens = ids.map((id) => row(of('text.embedding.weight'), id));
      const parts = [scaled(sumOf(tokens, eventWidth), ids.length > 0 ? 1 / ids.length : 0)];
      if (config.timeFeatures) {
        const age = user.referenceDays - timeDays;
        const features = [
          Math.log(1 + age) / Math.log(1 + windowDays),
          age / windowDays,
          Math.exp(-age / 3),
          Math.exp(-age / 14),
          ...circle(age, 7),
          ...circle(age, 30.4375),
        ];
        parts.push(times(of(`time.${name}.weight`), features));
      }
      if (config.valueFeatures) {
        const scale = valueScales[name];
        const isKnown = value !== undefined && scale !== undefined;
        const size = isKnown ? (value - scale.mean) / scale.deviation : 0;
        const features = [isKnown ? 1 : 0, Math.min(5, Math.max(-5, size))];
        parts.push(times(of(`value.${name}.weight`), features));
      }
      return sumOf(parts, eventWidth);
    });
    return { name, embeddings };
  });
  if (config.tabularFeatures > 0) {
    const features = tabular.columns.flatMap((column): Vector => {
      const value = user.tabular[column.name] ?? null;
      if (column.kind === 'category')
        return column.levels.map((level) => (level === value ? 1 : 0));
      if (typeof value !== 'number') return [0, 1];
      return [Math.min(5, Math.max(-5, (value - column.mean) / column.deviation)), 0];
    });
    const embedding = times(of('tabular.weight'), features, of('tabular.bias'));
    modalities.push({ name: 'tabular', embeddings: [embedding] });
  }

  const present = modalities.filter(({ embeddings }) => embeddings.length > 0);
  const means = present.map(({ embeddings }) =>
    scaled(sumOf(embeddings, eventWidth), 1 / embeddings.length),
  );
  const share = config.userMean === 'present' ? present.length : modalities.length;
  const userMean = scaled(sumOf(means, eventWidth), 1 / Math.max(1, share));
  return [
    ...headerIds.map(word),
    adapted('@user', userMean),
    ...means.map((mean) => adapted('@modality', mean)),
    ...present.flatMap(({ name, embeddings }) => [
      word(tokenizer.specialId(`<|${name}_start|>`)),
      ...embeddings.map((h) => adapted(name, h)),
      word(tokenizer.specialId(`<|${name}_end|>`)),
    ]),
  ];
}

import { InputError, ShapeError } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

import { loraScale, type LoraConfig } from './config.js';
import { loraNames } from './parameters.js';

/** Weights, and adapters to put into them or take out of them. */
interface Adapters {
  /** The adapters' factors, under PEFT's names; others among them are passed over. */
  readonly adapters: Readonly<Record<string, TensorData>>;
  /** Their configuration. */
  readonly lora: LoraConfig;
}

type Weights = Readonly<Record<string, TensorData>>;

/**
 * Weights with their adapters put in: `W + scale B A`. A model with them and without adapters
 * computes what the adapted one did.
 *
 * @param weights - a model's, by name; those without an adapter are passed on as they are
 * @param options - adapters and their configuration
 * @returns new weights; nothing given is changed
 * @throws {@link InputError} if an adapter has no weight, lacks a factor, or is no float
 * @throws {@link ShapeError} if the factors do not fit a weight
 */
export function mergeLora(weights: Weights, options: Adapters): Record<string, TensorData> {
  return moved(weights, { ...options, direction: 1 });
}

/**
 * Weights with their adapters taken out again: `W - scale B A`, to float32's rounding what they were
 * before {@link mergeLora}.
 *
 * @param weights - merged ones, by name
 * @param options - adapters and their configuration
 * @returns new weights; nothing given is changed
 * @throws {@link InputError} if an adapter has no weight, lacks a factor, or is no float
 * @throws {@link ShapeError} if the factors do not fit a weight
 */
export function unmergeLora(weights: Weights, options: Adapters): Record<string, TensorData> {
  return moved(weights, { ...options, direction: -1 });
}

function moved(
  weights: Weights,
  { adapters, lora, direction }: Adapters & { readonly direction: 1 | -1 },
): Record<string, TensorData> {
  const scale = direction * loraScale(lora);
  const out: Record<string, TensorData> = { ...weights };
  const known = new Set<string>();
  for (const [name, weight] of Object.entries(weights)) {
    if (!name.endsWith('.weight')) continue;
    const names = loraNames(name.slice(0, -'.weight'.length));
    const [a, b] = [adapters[names.a], adapters[names.b]];
    if (!a && !b) continue;
    known.add(names.a).add(names.b);
    if (!a || !b) throw problem(a ? names.b : names.a, ['both factors', 'one']);
    out[name] = movedWeight(name, { weight, a, b, scale });
  }
  const stray = Object.keys(adapters).find(
    (name) => /\.lora_[AB]\./.test(name) && !known.has(name),
  );
  if (stray !== undefined) throw problem(stray, ['a weight it belongs to', 'none']);
  return out;
}

const problem = (name: string, [expected, found]: readonly [string, string]): InputError =>
  new InputError({ where: `adapter ${name}`, expected, found });

interface Parts {
  readonly weight: TensorData;
  readonly a: TensorData;
  readonly b: TensorData;
  readonly scale: number;
}

function movedWeight(name: string, { weight, a, b, scale }: Parts): TensorData {
  const [outputs, inputs] = weight.shape as readonly [number, number];
  const rank = a.shape[0]!;
  const shapes = [weight.shape.length === 2, a.shape.join() === `${rank},${inputs}`];
  if (shapes.includes(false)) throw new ShapeError(`adapter A of ${name}`, [rank, inputs], a.shape);
  if (b.shape.join() !== `${outputs},${rank}`) {
    throw new ShapeError(`adapter B of ${name}`, [outputs, rank], b.shape);
  }
  const [values, down, up] = [floats(name, weight), floats(name, a), floats(name, b)];
  const data = values.slice();
  // Sums of a row in float64: the weight is rounded once.
  const row = new Float64Array(inputs);
  for (let i = 0; i < outputs; i++) {
    const start = i * inputs;
    row.set(values.subarray(start, start + inputs));
    for (let r = 0; r < rank; r++) {
      const share = scale * up[i * rank + r]!;
      const from = r * inputs;
      for (let j = 0; j < inputs; j++) row[j]! += share * down[from + j]!;
    }
    data.set(row, start);
  }
  return { ...weight, data };
}

function floats(name: string, { data, dtype }: TensorData): Float32Array | Float64Array {
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  throw new InputError({
    where: `weight ${name}`,
    expected: 'float32 or float64, with its adapter',
    found: dtype,
    fix: 'Merge before weights are quantised',
  });
}

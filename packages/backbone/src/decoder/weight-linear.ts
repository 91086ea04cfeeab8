import {
  concat,
  dequantise,
  gather,
  linear,
  quantisedLinear,
  slice,
  type GatherOptions,
  type QuantisedRows,
  type Tensor,
} from '@q-anchor/graph';

import type { ParameterLookup } from './parameters.js';

/**
 * A projection by the frozen weight of a model: `y = x W^T + b`, with `W` `[outputs, inputs]` the
 * parameter `NAME.weight`, plain or quantised, and `b` the parameter `NAME.bias`.
 *
 * @param parameters - the model's
 * @param options - the projection's name, input `[..., inputs]`, whether it has a bias
 * @returns `[..., outputs]`
 */
export function weightLinear(
  parameters: ParameterLookup,
  options: { readonly name: string; readonly x: Tensor; readonly bias: boolean },
): Tensor {
  const { name, x, bias: hasBias } = options;
  const bias = hasBias ? { bias: parameters(`${name}.bias`) } : {};
  const quantised = parameters.quantised?.(`${name}.weight`);
  return quantised
    ? quantisedLinear(x, { ...quantised, ...bias })
    : linear(x, { weight: parameters(`${name}.weight`), ...bias });
}

/**
 * Several projections of one input. Where all are quantised in one format, their rows are joined and
 * multiplied at once: the input is rounded once, and short products keep all threads busy. Blocks lie
 * within rows, so that the numbers are the same, bit for bit where all have outputs in multiples of
 * four (ONNX Runtime takes sums of the last one to three rows in another order). It joins weights that
 * are constant when it loads them; float weights stay apart, for they gain nothing.
 *
 * @param parameters - the model's
 * @param options - the projections' names, input `[..., inputs]`, whether they have biases
 * @returns `[..., outputs]` of each
 */
export function weightLinears(
  parameters: ParameterLookup,
  options: { readonly names: readonly string[]; readonly x: Tensor; readonly bias: boolean },
): readonly Tensor[] {
  const { names, x, bias } = options;
  const parts = ofOneFormat(names.map((name) => parameters.quantised?.(`${name}.weight`)));
  if (!parts) return names.map((name) => weightLinear(parameters, { name, x, bias }));
  const joined = (name: 'packed' | 'scales' | 'zeros'): Tensor =>
    concat(
      parts.map((part) => part[name]!),
      0,
    );
  const { bits, zeros } = parts[0]!;
  const y = quantisedLinear(x, {
    packed: joined('packed'),
    scales: joined('scales'),
    ...(zeros && { zeros: joined('zeros') }),
    ...(bias && {
      bias: concat(
        names.map((name) => parameters(`${name}.bias`)),
        0,
      ),
    }),
    bits,
  });
  let end = 0;
  return parts.map(({ packed }) => {
    const start = end;
    end += packed.shape[0] as number;
    return slice(y, { axis: -1, start, end });
  });
}

/** Weights if there are several, all quantised, and alike in all but their rows. */
function ofOneFormat(
  parts: readonly (QuantisedRows | undefined)[],
): readonly QuantisedRows[] | undefined {
  const quantised = parts.filter((part) => part !== undefined);
  const formats = quantised.map(({ bits, columns, packed, zeros }) =>
    [bits, columns, packed.shape[2], zeros !== undefined].join(),
  );
  const isOne = new Set(formats).size === 1 && quantised.length === parts.length;
  return isOne && parts.length > 1 ? quantised : undefined;
}

/**
 * Rows of a table, plain or quantised: of the latter only the rows asked for become floats.
 *
 * @param parameters - the model's
 * @param options - the table's whole name, indices `int64 [...]`, and what is known of them
 * @returns `[..., columns]`
 */
export function weightRows(
  parameters: ParameterLookup,
  options: { readonly name: string; readonly indices: Tensor } & GatherOptions,
): Tensor {
  const { name, indices, ...known } = options;
  const quantised = parameters.quantised?.(name);
  if (!quantised) return gather(parameters(name), indices, known);
  const { packed, scales, zeros, ...rest } = quantised;
  return dequantise({
    packed: gather(packed, indices),
    scales: gather(scales, indices),
    ...(zeros && { zeros: gather(zeros, indices) }),
    ...rest,
  });
}

import { InputError, ShapeError } from '@q-anchor/core';

import { isFloat } from '../ir/dtype.js';
import type { GraphNode, Tensor } from '../ir/graph.js';
import { add } from '../ops/add.js';
import { broadcastTo } from '../ops/broadcast-to.js';

/** A step of the backward pass: one node, or one composed op with a rule of its own. */
interface Step {
  readonly sources: readonly Tensor[];
  readonly backward: (
    gradients: readonly (Tensor | undefined)[],
  ) => readonly (Tensor | undefined)[];
}

/**
 * Reverse-mode gradients of a scalar, as more graph.
 *
 * @param loss - a scalar tensor
 * @param wanted - tensors to differentiate with respect to
 * @returns gradients in the order of `wanted`; zeros where the loss does not depend on one
 * @throws {@link ShapeError} if the loss is no scalar
 * @throws {@link InputError} if the loss is no float, a tensor is of another graph, or an op on the
 * way has no gradient
 */
export function gradients(loss: Tensor, wanted: readonly Tensor[]): Tensor[] {
  const { graph } = loss;
  if (loss.shape.length !== 0) throw new ShapeError('gradients', [], loss.shape);
  if (!isFloat(loss.dtype)) {
    throw new InputError({ where: 'gradients', expected: 'a float loss', found: loss.dtype });
  }
  for (const tensor of wanted) {
    if (tensor.graph !== graph) {
      throw new InputError({
        where: 'gradients',
        expected: "tensors of the loss's graph",
        found: `'${tensor.name}' of another graph`,
      });
    }
  }
  const dependent = dependentTensors(loss, wanted);
  const gradientOf = new Map<number, Tensor>();
  const accumulate = (tensor: Tensor, gradient: Tensor | undefined): void => {
    if (!gradient || !dependent.has(tensor.id)) return;
    const known = gradientOf.get(tensor.id);
    gradientOf.set(tensor.id, known ? add(known, gradient) : gradient);
  };
  accumulate(loss, graph.constant(1, loss.dtype));

  const forward = graph.nodes.slice();
  for (let i = forward.length - 1; i >= 0; i--) {
    const node = forward[i]!;
    const arriving = node.outputs.map((output) => gradientOf.get(output.id));
    if (arriving.every((gradient) => gradient === undefined)) continue;
    const { sources, backward } = stepOf(node, dependent);
    for (const [j, gradient] of backward(arriving).entries()) accumulate(sources[j]!, gradient);
    // A gradient that has been passed on is needed no more, unless it was asked for.
    for (const output of node.outputs) {
      if (!wanted.includes(output)) gradientOf.delete(output.id);
    }
  }
  return wanted.map(
    (tensor) =>
      gradientOf.get(tensor.id) ?? broadcastTo(graph.constant(0, tensor.dtype), tensor.shape),
  );
}

function stepOf(node: GraphNode, dependent: ReadonlySet<number>): Step {
  const rule = node.outputs.length > 0 ? ruleOf(node) : undefined;
  if (rule) {
    const needed = rule.inputs.map((input) => dependent.has(input.id));
    return { sources: rule.inputs, backward: ([gradient]) => rule.vjp(gradient!, needed) };
  }
  const { op, attributes, inputs, outputs } = node;
  const needed = inputs.map((input) => dependent.has(input.id));
  return {
    sources: inputs,
    backward(arriving) {
      if (!op.vjp) {
        throw new InputError({
          where: `gradient through ${op.name}`,
          expected: 'an op with a gradient',
          found: 'none; use stopGradient where none is meant',
        });
      }
      return op.vjp({ attributes, inputs, outputs, gradients: arriving, needed });
    },
  };
}

const ruleOf = (node: GraphNode) => node.outputs[0]!.graph.gradientRules.get(node.outputs[0]!.id);

/** Ids of the tensors on a differentiable path from `wanted` to `loss`. */
function dependentTensors(loss: Tensor, wanted: readonly Tensor[]): ReadonlySet<number> {
  const dependent = new Set(wanted.map((tensor) => tensor.id));
  for (const node of loss.graph.nodes) {
    if (node.op.name === 'stopGradient') continue;
    const sources = ruleOf(node)?.inputs ?? node.inputs;
    if (!sources.some((input) => dependent.has(input.id))) continue;
    for (const output of node.outputs) if (isFloat(output.dtype)) dependent.add(output.id);
  }
  return dependent;
}

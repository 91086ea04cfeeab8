import { InputError } from '@q-anchor/core';

import { termsOf } from '../ir/dimension.js';
import { arrayFrom, isStored, type StoredTensor, type TensorData } from '../ir/dtype.js';
import { symbolSources, type Graph, type GraphNode, type Tensor } from '../ir/graph.js';
import { bytesOf, checkWeight, weightInitializers } from './weight-initializers.js';
import {
  encodeModel,
  onnxType,
  type OnnxInitializer,
  type OnnxNode,
  type OnnxValue,
} from './wire.js';
import type { OnnxWriter } from './writer.js';

/** Options of {@link serialiseOnnx}. */
export interface SerialiseOptions {
  /**
   * Whether to keep to ops that every execution provider of ONNX Runtime has a kernel for, rather
   * than the fastest on the CPU. Default false.
   */
  readonly isPortable?: boolean;
  /**
   * Whether it is for the CPU alone, whose kernels for float32 no other device has. Default: where it
   * need not be portable.
   */
  readonly isCpu?: boolean;
  /** Inputs to embed as weights, by name: they stop being inputs of the model. */
  readonly weights?: Readonly<Record<string, TensorData | StoredTensor>>;
  /**
   * Bytes of weights in memory, in all, from which on they leave the file: ONNX Runtime holds what is
   * inside it several times while it loads. Default 16 MiB.
   */
  readonly inlineLimitBytes?: number;
  /** Name of the external file. Default `weights.bin`. */
  readonly externalLocation?: string;
  /** What the model calls a file that a weight lies in. Default its path. */
  readonly locationOf?: (path: string) => string;
}

/** An ONNX model with the weights that did not fit into it. */
export interface SerialisedGraph {
  /** The ONNX file. */
  readonly model: Uint8Array;
  /** Parts of the external file, in order and without gaps; empty where all is in `model`. */
  readonly external: readonly Uint8Array[];
  /** Name of the external file. */
  readonly externalLocation: string;
  /** Inputs left to feed, in order. */
  readonly inputs: readonly Tensor[];
}

/** The nodes that the outputs depend on, in order. */
function liveNodes(graph: Graph): GraphNode[] {
  const live = new Set<GraphNode>();
  const stack = [...graph.outputs.values()];
  for (let tensor = stack.pop(); tensor; tensor = stack.pop()) {
    const node = tensor.producer;
    if (!node || live.has(node)) continue;
    live.add(node);
    stack.push(...node.inputs);
  }
  return graph.nodes.filter((node) => live.has(node));
}

/**
 * A graph as an ONNX model (IR 9, opset 20, plus ONNX Runtime's `com.microsoft` ops).
 *
 * Only what the outputs depend on is written, of weights too. Symbolic dimensions become named ONNX dimensions.
 *
 * @throws {@link InputError} if there is no output, or an embedded weight has another type or shape
 */
export function serialiseOnnx(graph: Graph, options: SerialiseOptions = {}): SerialisedGraph {
  const { weights = {}, inlineLimitBytes = 2 ** 24, externalLocation = 'weights.bin' } = options;
  const { locationOf = (path: string): string => path } = options;
  if (graph.outputs.size === 0) {
    throw new InputError({ where: 'graph', expected: 'at least one output', found: 'none' });
  }
  const nodes: OnnxNode[] = [];
  const initializers: OnnxInitializer[] = [];
  const names = new Map<string, string>();
  let fresh = 0;

  // Names that users chose; what the graph and this function make up must not meet them.
  const chosen = new Set([...graph.outputs.keys(), ...graph.inputs.map(({ name }) => name)]);
  const unused = (name: string): string => (chosen.has(name) ? unused(`${name}_`) : name);
  const remembered = (key: string, make: () => string): string => {
    const known = names.get(key);
    if (known !== undefined) return known;
    const name = make();
    names.set(key, name);
    return name;
  };
  const sources = symbolSources(graph);

  const writer: OnnxWriter = {
    isPortable: options.isPortable ?? false,
    isCpu: options.isCpu ?? options.isPortable !== true,
    fresh: (hint) => unused(`${hint}.${fresh++}`),
    emit(type, inputs, { attributes = {}, domain = '', outputs } = {}) {
      const made = outputs ?? [writer.fresh(type)];
      nodes.push({ type, domain, inputs, outputs: made, attributes });
      return made[0]!;
    },
    narrow: (name) => narrow.get(name),
    constant(content) {
      const name = writer.fresh('constant');
      initializers.push({ name, ...content, bytes: bytesOf(content.data) });
      return name;
    },
    scalar: (value, dtype) =>
      remembered(`${dtype}:${Object.is(value, -0) ? '-0' : value}`, () =>
        writer.constant({ dtype, shape: [], data: arrayFrom(dtype, [value]) }),
      ),
    int64: (values) =>
      remembered(`int64:[${values.join()}]`, () =>
        writer.constant({
          dtype: 'int64',
          shape: [values.length],
          data: arrayFrom('int64', values),
        }),
      ),
    dimension(dimension) {
      if (typeof dimension === 'number') return writer.int64([dimension]);
      return remembered(`dimension:${dimension}`, () => {
        const terms = termsOf(dimension).map(({ coefficient, symbols }) => {
          const factors = symbols.map((symbol) => symbolName(symbol));
          if (coefficient !== 1 || factors.length === 0) factors.push(writer.int64([coefficient]));
          return factors.reduce((a, b) => writer.emit('Mul', [a, b]));
        });
        return terms.reduce((a, b) => writer.emit('Add', [a, b]));
      });
    },
    shape(shape) {
      const open = shape.filter((dimension) => typeof dimension === 'string');
      if (open.length === 0) return writer.int64(shape as readonly number[]);
      return remembered(`shape:${shape.join()}`, () =>
        writer.emit(
          'Concat',
          shape.map((dimension) => writer.dimension(dimension)),
          {
            attributes: { axis: 0 },
          },
        ),
      );
    },
  };

  function symbolName(symbol: string): string {
    return remembered(`symbol:${symbol}`, () => {
      const source = sources.get(symbol);
      if (!source) {
        throw new InputError({
          where: `dimension '${symbol}'`,
          expected: 'an input that has it as one of its dimensions',
          found: `inputs [${graph.inputs.map((input) => input.name).join(', ')}] without it`,
        });
      }
      const { input, axis } = source;
      return writer.emit('Shape', [input.name], { attributes: { start: axis, end: axis + 1 } });
    });
  }

  for (const [name, weight] of Object.entries(weights)) checkWeight(graph, name, weight);
  const narrow = new Map(
    Object.entries(weights)
      .filter(([, weight]) => isStored(weight) && weight.file.encoding !== undefined)
      .map(([name]) => [name, writer.fresh(name)]),
  );

  // A tensor that is an output carries the output's name, so that nothing is copied at the end.
  const outputNames = new Map<number, string>();
  for (const [name, tensor] of graph.outputs) {
    if (tensor.producer && !outputNames.has(tensor.id)) outputNames.set(tensor.id, name);
  }
  const nameOf = (tensor: Tensor): string =>
    tensor.constant
      ? remembered(`tensor:${tensor.id}`, () => {
          const constant = tensor.constant!;
          // Of int64 and float16 a number is not the content.
          return constant.shape.length === 0 &&
            constant.dtype !== 'int64' &&
            constant.dtype !== 'float16'
            ? writer.scalar(Number(constant.data[0]), constant.dtype)
            : writer.constant(constant);
        })
      : tensor.producer
        ? (outputNames.get(tensor.id) ?? unused(tensor.name))
        : tensor.name;
  for (const node of liveNodes(graph)) {
    node.op.lower(writer, {
      attributes: node.attributes,
      node,
      inputs: node.inputs.map(nameOf),
      outputs: node.outputs.map(nameOf),
    });
  }
  const outputs: OnnxValue[] = [];
  for (const [name, tensor] of graph.outputs) {
    if (nameOf(tensor) !== name) {
      writer.emit('Identity', [nameOf(tensor)], { outputs: [name] });
    }
    outputs.push({ name, dtype: tensor.dtype, shape: tensor.shape });
  }
  const read = new Set(nodes.flatMap((node) => node.inputs));
  // Weights are widened as a whole only where something reads them whole.
  const casts = [...narrow].filter(([name]) => read.has(name));
  nodes.unshift(
    ...casts.map(([name, source]) => ({
      type: 'Cast',
      domain: '',
      inputs: [source],
      outputs: [name],
      attributes: { to: onnxType.float32 },
    })),
  );
  const isRead = (name: string): boolean => read.has(name) || read.has(narrow.get(name) ?? name);
  const embedded = weightInitializers(
    Object.fromEntries(Object.entries(weights).filter(([name]) => isRead(name))),
    {
      inlineLimitBytes,
      externalLocation,
      locationOf,
      sourceOf: (name) => narrow.get(name) ?? name,
    },
  );
  initializers.push(...embedded.initializers);
  const inputs = graph.inputs.filter((input) => !Object.hasOwn(weights, input.name));
  return {
    model: encodeModel({ nodes, initializers, inputs, outputs }),
    external: embedded.external,
    externalLocation,
    inputs,
  };
}

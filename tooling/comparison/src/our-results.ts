import {
  bertEncoder,
  decoder,
  mergeLora,
  nextTokenLogits,
  parameterInputs,
  pooled,
  readAdapters,
  readParameters,
  loraParameters,
  tokenEmbeddings,
  type Adapters,
  type ModelDirectory,
} from '@q-anchor/backbone';
import type { Engine } from '@q-anchor/backend';
import { createGraph, gather, reshape, type Tensor, type TensorData } from '@q-anchor/graph';

import type { TokenBatch } from './token-batch.js';

type Weights = Readonly<Record<string, TensorData>>;

/** Tensors by name, as the Python side has them. */
export type Outputs = Readonly<Record<string, ArrayLike<number>>>;

/** What a model's outputs are computed from. */
interface OurInput {
  readonly batch: TokenBatch;
  readonly weights: Weights;
  /** Adapters beside the weights; none by default. */
  readonly adapters?: Adapters;
}

/** Outputs of a model by our engine, and with adapters, merged ones. */
export async function ourResults(
  engine: Engine,
  options: {
    readonly model: ModelDirectory;
    readonly batch: TokenBatch;
    readonly weights: Weights;
    readonly adapter?: string | undefined;
  },
): Promise<Outputs> {
  const { model, batch, weights, adapter } = options;
  if (adapter === undefined) return outputsOf(engine, model, { batch, weights });
  const adapters = await readAdapters(adapter, { specs: model.parameters });
  const merged = await outputsOf(engine, model, { batch, weights: mergeLora(weights, adapters) });
  return {
    ...(await outputsOf(engine, model, { batch, weights, adapters })),
    ...Object.fromEntries(
      Object.entries(merged).map(([name, values]) => [`merged ${name}`, values]),
    ),
  };
}

/** All parameters of a model, in float32. */
export const weightsOf = (model: ModelDirectory): Promise<Weights> =>
  readParameters(model.weights, model.parameters);

async function outputsOf(
  engine: Engine,
  model: ModelDirectory,
  { batch, weights, adapters }: OurInput,
): Promise<Outputs> {
  const graph = createGraph();
  const added = adapters && loraParameters(model.parameters, adapters.lora);
  const parameters = parameterInputs(graph, { ...model.parameters, ...added });
  const ids = graph.input('ids', batch.ids.shape, 'int64');
  const lora = adapters && { lora: adapters.lora };
  const feeds: Record<string, TensorData> = { ids: batch.ids };
  const input = (name: string, tensor: TensorData): Tensor => {
    feeds[name] = tensor;
    return graph.input(name, tensor.shape, 'int64');
  };
  if (model.kind === 'bert') {
    const { config } = model;
    const mask = input('mask', batch.mask);
    const hidden = bertEncoder(parameters, { config, tokens: ids, mask, ...lora });
    graph.output('hidden', hidden);
    for (const pooling of ['cls', 'mean'] as const) {
      graph.output(pooling, pooled(hidden, { pooling, mask }));
    }
  } else {
    const { config } = model;
    const layout = {
      segments: input('segments', batch.segments),
      positions: input('positions', batch.positions),
    };
    const embeddings = tokenEmbeddings(parameters, ids);
    const { hidden } = decoder(parameters, { config, embeddings, layout, ...lora });
    const rows = ids.shape.reduce<number>((all, size) => all * Number(size), 1);
    const last = gather(reshape(hidden, [rows, config.width]), input('last', batch.last));
    graph.output('hidden', hidden);
    graph.output('logits', nextTokenLogits(parameters, { config, hidden: last }));
  }
  await using program = await engine.compile(graph);
  const outputs = await program.run({ ...weights, ...adapters?.adapters, ...feeds });
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]),
  );
}

import {
  decoder,
  nextTokenLogits,
  outputWeight,
  parameterInputs,
  tokenEmbeddings,
  type DecoderConfig,
} from '@q-anchor/backbone';
import type { Engine } from '@q-anchor/backend';
import {
  createGraph,
  gather,
  gradients,
  linearCrossEntropy,
  reshape,
  type FloatDType,
  type TensorData,
} from '@q-anchor/graph';

import type { Golden } from './golden.js';
import type { ModelRun } from './model-family.js';
import { numbersOf, tensorOf } from './precision.js';
import { tokenRows } from './token-rows.js';

/** Label of positions that no loss is taken at. */
const ignored = -100;

/** The token part of a decoder golden. */
export interface DecoderBatch {
  readonly sequences: number;
  readonly time: number;
  readonly ids: readonly number[];
  readonly mask: readonly number[];
  readonly labels: readonly number[];
}

/** Token ids, mask and labels, all `[sequences, time]`, of a golden's `expected.json`. */
export function decoderBatchFrom(expected: Golden): DecoderBatch {
  const { shape, values: ids } = tokenRows(expected, 'input_ids');
  const [sequences, time] = shape as readonly [number, number];
  return {
    sequences,
    time,
    ids,
    mask: tokenRows(expected, 'attention_mask').values,
    labels: tokenRows(expected, 'labels').values,
  };
}

/** What a decoder golden holds, by our own code. */
export interface DecoderResult {
  /** Last hidden states `[sequences * time, width]`. */
  readonly hidden: readonly number[];
  /** Logits after the last token of the first sequence. */
  readonly logits: readonly number[];
  /** Mean cross-entropy of the labels, each predicted at the position before its own. */
  readonly loss: readonly number[];
  /** Gradients of the loss by parameter. */
  readonly gradients: ReadonlyMap<string, readonly number[]>;
}

/** Runs a decoder on a golden's tokens. */
export async function decoderResult(
  engine: Engine,
  options: ModelRun<DecoderConfig> & {
    readonly batch: DecoderBatch;
    /** Parameters to differentiate by. */
    readonly wanted: readonly string[];
  },
): Promise<DecoderResult> {
  const { specs, weights, batch, dtype, wanted, lora } = options;
  const { sequences, time } = batch;
  const rows = sequences * time;
  const config = { ...options.config, maxPositions: time };
  const graph = createGraph();
  const parameters = parameterInputs(graph, specs, { dtype });
  const ids = graph.input('ids', [sequences, time], 'int64');
  const layout = {
    segments: graph.input('segments', [sequences, time], 'int64'),
    positions: graph.input('positions', [sequences, time], 'int64'),
  };
  const { hidden } = decoder(parameters, {
    config,
    embeddings: tokenEmbeddings(parameters, ids),
    layout,
    ...(lora && { lora }),
  });
  const flat = reshape(hidden, [rows, config.width]);
  const last = gather(flat, graph.input('last', [1], 'int64'));
  const loss = linearCrossEntropy(flat, {
    weight: outputWeight(parameters, config),
    labels: graph.input('labels', [rows], 'int64'),
    rowWeights: graph.input('row weights', [rows], dtype),
  });
  graph.output('hidden', flat);
  graph.output('logits', nextTokenLogits(parameters, { config, hidden: last }));
  graph.output('loss', loss);
  const slopes = gradients(loss, wanted.map(parameters));
  for (const [i, gradient] of slopes.entries()) graph.output(`gradient ${wanted[i]}`, gradient);

  await using program = await engine.compile(graph);
  const outputs = await program.run({ ...weights, ...tokenFeeds(batch, dtype) });
  return {
    hidden: numbersOf(outputs['hidden']!),
    logits: numbersOf(outputs['logits']!),
    loss: numbersOf(outputs['loss']!),
    gradients: new Map(wanted.map((name) => [name, numbersOf(outputs[`gradient ${name}`]!)])),
  };
}

function tokenFeeds(batch: DecoderBatch, dtype: FloatDType): Record<string, TensorData> {
  const { sequences, time, ids, mask, labels } = batch;
  const shape = [sequences, time];
  const rows = sequences * time;
  // The label of a position stands one further on; the last position has none.
  const next = labels.map((_, row) => (row % time === time - 1 ? ignored : labels[row + 1]!));
  const count = next.filter((label) => label !== ignored).length;
  const lastOfFirst = mask.slice(0, time).lastIndexOf(1);
  return {
    ids: tensorOf('int64', { shape, values: ids }),
    segments: tensorOf('int64', { shape, values: mask.map((isValid) => isValid - 1) }),
    positions: tensorOf('int64', { shape, values: ids.map((_, row) => row % time) }),
    last: tensorOf('int64', { shape: [1], values: [lastOfFirst] }),
    labels: tensorOf('int64', { shape: [rows], values: next.map((label) => Math.max(label, 0)) }),
    'row weights': tensorOf(dtype, {
      shape: [rows],
      values: next.map((label) => (label === ignored ? 0 : 1 / count)),
    }),
  };
}

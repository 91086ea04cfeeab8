import { bertEncoder, parameterInputs, pooled, type BertConfig } from '@q-anchor/backbone';
import type { Engine } from '@q-anchor/backend';
import { createGraph, gradients, multiply, reduceSum } from '@q-anchor/graph';

import type { Golden, GoldenTensor } from './golden.js';
import type { ModelRun } from './model-family.js';
import { numbersOf, tensorOf } from './precision.js';
import { tokenRows } from './token-rows.js';

/** The token part of a text encoder's golden, each `[texts, time]`. */
export interface BertBatch {
  readonly ids: GoldenTensor;
  readonly mask: GoldenTensor;
  readonly tokenTypes?: GoldenTensor;
}

/** Token ids, mask and, where they are given, token types of a golden's `expected.json`. */
export function bertBatchFrom(expected: Golden): BertBatch {
  const types = 'token_type_ids';
  return {
    ids: tokenRows(expected, 'input_ids'),
    mask: tokenRows(expected, 'attention_mask'),
    ...(expected.has(types) && { tokenTypes: tokenRows(expected, types) }),
  };
}

/** What a text encoder's golden holds, by our own code. */
export interface BertResult {
  /** Last hidden states `[texts, time, width]`. */
  readonly hidden: readonly number[];
  /** First token's states `[texts, width]`. */
  readonly cls: readonly number[];
  /** Mean states of the tokens `[texts, width]`. */
  readonly mean: readonly number[];
  /** Product of both poolings, its mean over the texts. */
  readonly loss: readonly number[];
  /** Gradients of the loss by parameter. */
  readonly gradients: ReadonlyMap<string, readonly number[]>;
}

/** Runs a text encoder on a golden's tokens. */
export async function bertResult(
  engine: Engine,
  options: ModelRun<BertConfig> & {
    readonly batch: BertBatch;
    /** Parameters to differentiate by. */
    readonly wanted: readonly string[];
  },
): Promise<BertResult> {
  const { config, specs, weights, batch, dtype, wanted, lora } = options;
  const graph = createGraph();
  const parameters = parameterInputs(graph, specs, { dtype });
  const input = (name: string) => graph.input(name, batch.ids.shape, 'int64');
  const mask = input('mask');
  const hidden = bertEncoder(parameters, {
    config,
    tokens: input('ids'),
    mask,
    ...(batch.tokenTypes && { tokenTypes: input('token types') }),
    ...(lora && { lora }),
  });
  const cls = pooled(hidden, { pooling: 'cls', mask });
  const mean = pooled(hidden, { pooling: 'mean', mask });
  const loss = multiply(reduceSum(multiply(cls, mean)), 1 / batch.ids.shape[0]!);
  for (const [name, tensor] of Object.entries({ hidden, cls, mean, loss })) {
    graph.output(name, tensor);
  }
  const slopes = gradients(loss, wanted.map(parameters));
  for (const [i, gradient] of slopes.entries()) graph.output(`gradient ${wanted[i]}`, gradient);

  await using program = await engine.compile(graph);
  const outputs = await program.run({
    ...weights,
    ids: tensorOf('int64', batch.ids),
    mask: tensorOf('int64', batch.mask),
    ...(batch.tokenTypes && { 'token types': tensorOf('int64', batch.tokenTypes) }),
  });
  const numbers = (name: string): readonly number[] => numbersOf(outputs[name]!);
  return {
    hidden: numbers('hidden'),
    cls: numbers('cls'),
    mean: numbers('mean'),
    loss: numbers('loss'),
    gradients: new Map(wanted.map((name) => [name, numbers(`gradient ${name}`)])),
  };
}

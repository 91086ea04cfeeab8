import {
  bertEncoder,
  bertParameters,
  parameterInputs,
  pooled,
  type BertConfig,
} from '@q-anchor/backbone';
import type { Tensors } from '@q-anchor/backend';
import { createGraph, type FloatDType } from '@q-anchor/graph';

import { engine, numbersOf, tensorOf } from '../decoder/support/decoder-runs.js';

/** A small encoder of sizes that do not follow from one another. */
export const config: BertConfig = {
  vocabularySize: 23,
  width: 12,
  layers: 2,
  heads: 3,
  feedForwardSize: 20,
  normEpsilon: 1e-12,
  maxPositions: 9,
  tokenTypes: 2,
};

/** What a run made. */
export interface BertRun {
  /** By text and position. */
  readonly hidden: readonly (readonly (readonly number[])[])[];
  readonly cls: readonly (readonly number[])[];
  readonly mean: readonly (readonly number[])[];
}

/** Runs an encoder on texts, padded to the longest or to `time`. */
export async function runBert(
  texts: readonly (readonly number[])[],
  options: {
    readonly of?: BertConfig;
    readonly weights: Tensors;
    readonly dtype?: FloatDType;
    readonly time?: number;
    readonly padding?: number;
    readonly tokenTypes?: readonly (readonly number[])[];
  },
): Promise<BertRun> {
  const { of = config, weights, dtype = 'float32', padding = 0, tokenTypes } = options;
  const time = options.time ?? Math.max(...texts.map((ids) => ids.length));
  const padded = (rows: readonly (readonly number[])[], fill: number) =>
    tensorOf('int64', [
      [rows.length, time],
      rows.flatMap((row) => [...row, ...Array<number>(time - row.length).fill(fill)]),
    ]);
  const graph = createGraph();
  const parameters = parameterInputs(graph, bertParameters(of), { dtype });
  const input = (name: string) => graph.input(name, ['texts', 'time'], 'int64');
  const mask = input('mask');
  const hidden = bertEncoder(parameters, {
    config: of,
    tokens: input('tokens'),
    mask,
    ...(tokenTypes && { tokenTypes: input('types') }),
  });
  graph.output('hidden', hidden);
  for (const pooling of ['cls', 'mean'] as const) {
    graph.output(pooling, pooled(hidden, { pooling, mask }));
  }
  await using program = await engine.compile(graph);
  const outputs = await program.run({
    ...weights,
    tokens: padded(texts, padding),
    mask: padded(
      texts.map((ids) => ids.map(() => 1)),
      0,
    ),
    ...(tokenTypes && { types: padded(tokenTypes, 1) }),
  });
  const rowsOf = (name: string): number[][] => {
    const values = numbersOf(outputs[name]!);
    return Array.from({ length: values.length / of.width }, (_, row) =>
      values.slice(row * of.width, (row + 1) * of.width),
    );
  };
  const states = rowsOf('hidden');
  return {
    hidden: texts.map((_, b) => states.slice(b * time, (b + 1) * time)),
    cls: rowsOf('cls'),
    mean: rowsOf('mean'),
  };
}

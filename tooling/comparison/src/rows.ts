import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { openModelDirectory, openSafetensors } from '@q-anchor/backbone';
import type { Engine } from '@q-anchor/backend';
import type { TensorData } from '@q-anchor/graph';

import { differenceOf, differenceRow } from './difference.js';
import { ourResults, weightsOf, type Outputs } from './our-results.js';
import type { Comparison } from './plan.js';
import type { Row } from './result.js';
import { texts } from './texts.js';
import { tokenBatch, type TokenBatch } from './token-batch.js';

/** Adapters that move the states by less would be met by a model without them. */
const leastMove = 0.05;

/**
 * Rows of a comparison: ours beside what the Python side left.
 *
 * @param comparison - what to compare
 * @param options - our engine, and the folder with their outputs
 */
export async function rowsOf(
  { title, run }: Comparison,
  { engine, results }: { readonly engine: Engine; readonly results: string },
): Promise<readonly Row[]> {
  await using model = await openModelDirectory(run.model);
  const theirs = await outputsIn(join(results, `${run.name}.safetensors`));
  const digests = JSON.parse(await readFile(join(results, `${run.name}.json`), 'utf8')) as Digests;
  const batch = tokenBatch(model, texts[model.kind]);
  const weights = await weightsOf(model);
  const ids = idsRow(title, { batch, theirs });
  const stored = weightsRow(title, { weights, digests });
  const first = run.adapter === undefined ? [ids, stored] : [];
  if (!ids.isMet) return first;
  const ours = await ourResults(engine, { model, batch, weights, adapter: run.adapter });
  const { mask } = batch;
  const { width } = model.config;
  const atTokens = (name: string, outputs: Outputs): readonly number[] =>
    name.endsWith('hidden')
      ? statesAt(outputs[name]!, { mask, width })
      : Array.from(outputs[name]!);
  const row = (quantity: string, [mine, other]: readonly [string, string]): Row =>
    differenceRow(
      { name: title, quantity },
      { ours: atTokens(mine, ours), theirs: atTokens(other, theirs) },
    );
  const rows = Object.keys(ours).map((name) => row(labels[name] ?? name, [name, name]));
  if (run.adapter === undefined) return [...first, ...rows];
  const [base, hidden] = [atTokens('base hidden', theirs), atTokens('hidden', theirs)];
  const move = differenceOf(base, hidden).relative;
  const moved: Row = {
    ...rows[0]!,
    isMet: rows[0]!.isMet && move >= leastMove,
    remark: `adapters move the states by ${move.toFixed(2)}`,
  };
  const across = row('our merged against their adapted', ['merged hidden', 'hidden']);
  return [...first, moved, ...rows.slice(1), across];
}

type Digests = Readonly<Record<string, string>>;

const labels: Readonly<Record<string, string>> = {
  hidden: 'hidden states',
  logits: 'next-token logits',
  cls: 'CLS pooled',
  mean: 'mean pooled',
  'merged hidden': 'hidden states, merged',
  'merged logits': 'next-token logits, merged',
  'merged cls': 'CLS pooled, merged',
  'merged mean': 'mean pooled, merged',
};

async function outputsIn(path: string): Promise<Outputs> {
  await using source = await openSafetensors(path);
  const outputs: Record<string, ArrayLike<number>> = {};
  for (const name of source.names) {
    outputs[name] = Array.from((await source.read(name)).data, Number);
  }
  return outputs;
}

const same = (tensor: TensorData, other: ArrayLike<number>): boolean =>
  tensor.data.length === other.length &&
  tensor.data.every((value: number | bigint, i: number) => Number(value) === other[i]);

function idsRow(
  name: string,
  { batch, theirs }: { readonly batch: TokenBatch; readonly theirs: Outputs },
): Row {
  const [count, time] = batch.ids.shape as readonly [number, number];
  const isMet = same(batch.ids, theirs['ids']!) && same(batch.mask, theirs['mask']!);
  return {
    name,
    quantity: 'token ids and padding',
    isMet,
    remark: `${isMet ? 'equal' : 'not equal'} for ${count} texts of up to ${time} tokens`,
  };
}

function weightsRow(
  name: string,
  parts: { readonly weights: Readonly<Record<string, TensorData>>; readonly digests: Digests },
): Row {
  const { weights, digests } = parts;
  const differing = Object.entries(weights).filter(([own, { data }]) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return createHash('sha256').update(bytes).digest('hex') !== digests[own];
  });
  const count = Object.keys(weights).length;
  return {
    name,
    quantity: 'weights',
    isMet: differing.length === 0,
    remark:
      differing.length === 0
        ? `the same bits in ${count} tensors`
        : `other bits in ${differing.length} of ${count}: ${differing[0]![0]}`,
  };
}

/** Hidden states at the tokens that are no padding. */
function statesAt(
  values: ArrayLike<number>,
  { mask, width }: { readonly mask: TensorData; readonly width: number },
): readonly number[] {
  const all = Array.from(values);
  return Array.from(mask.data, Number).flatMap((isToken, at) =>
    isToken === 1 ? all.slice(at * width, (at + 1) * width) : [],
  );
}

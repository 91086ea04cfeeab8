import { bertConfigFrom, bertParameters, type BertConfig } from '@q-anchor/backbone';

import { bertBatchFrom, bertResult, type BertBatch, type BertResult } from './bert-run.js';
import type { Pair } from './compare.js';
import type { Family } from './family.js';
import type { Golden } from './golden.js';
import { differentiated, gradientNorms, normPairs } from './gradient-norms.js';
import { modelFamilies, type Architecture } from './model-family.js';
import { validStates } from './token-rows.js';

const bert: Architecture<BertConfig> = {
  configFrom: bertConfigFrom,
  parameters: bertParameters,
  async compared(engine, { expected, golden, ...run }) {
    const batch = bertBatchFrom(expected);
    const wanted = golden.has('grad_norm') ? differentiated(golden, run.specs) : [];
    return pairsOf(await bertResult(engine, { ...run, batch, wanted }), { golden, batch });
  },
};

/**
 * A BERT text encoder by itself and, where there are adapters, with them: hidden states, poolings,
 * loss, gradient norms, whichever the golden has.
 *
 * @param folder - its directory below the goldens
 * @param options - whether the golden has adapters
 */
export const bertFamilies = (
  folder: string,
  options: { readonly hasAdapters: boolean },
): readonly Family[] => modelFamilies(folder, { architecture: bert, ...options });

function pairsOf(
  ours: BertResult,
  { golden, batch }: { readonly golden: Golden; readonly batch: BertBatch },
): Readonly<Record<string, readonly Pair[]>> {
  const pairs = (key: string, [actual, kept]: readonly [readonly number[], Kept]): Pair[] =>
    golden.has(key)
      ? [{ label: 'all', actual: kept(actual), expected: kept(golden.at(key).tensor().values) }]
      : [];
  return {
    'hidden states': pairs('last_hidden_state', [
      ours.hidden,
      (values) => validStates(values, batch.mask.values),
    ]),
    cls: pairs('cls', [ours.cls, all]),
    mean: pairs('mean', [ours.mean, all]),
    loss: pairs('loss', [ours.loss, all]),
    [gradientNorms]: normPairs(ours.gradients, golden),
  };
}

type Kept = (values: readonly number[]) => readonly number[];

const all: Kept = (values) => values;

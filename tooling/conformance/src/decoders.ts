import { decoderConfigFrom, decoderParameters, type DecoderConfig } from '@q-anchor/backbone';

import type { Pair } from './compare.js';
import {
  decoderBatchFrom,
  decoderResult,
  type DecoderBatch,
  type DecoderResult,
} from './decoder-run.js';
import type { Family } from './family.js';
import type { Golden } from './golden.js';
import { differentiated, gradientNorms, normPairs } from './gradient-norms.js';
import { modelFamilies, type Architecture } from './model-family.js';
import { validStates } from './token-rows.js';

const decoder: Architecture<DecoderConfig> = {
  configFrom: decoderConfigFrom,
  parameters: decoderParameters,
  async compared(engine, { expected, golden, ...run }) {
    const batch = decoderBatchFrom(expected);
    const wanted = differentiated(golden, run.specs);
    return pairsOf(await decoderResult(engine, { ...run, batch, wanted }), { golden, batch });
  },
};

/**
 * A decoder by itself and with its adapters: hidden states, logits, next-token loss, gradient norms.
 *
 * @param folder - its directory below the goldens
 */
export const decoderFamilies = (folder: string): readonly Family[] =>
  modelFamilies(folder, { architecture: decoder, hasAdapters: true });

function pairsOf(
  ours: DecoderResult,
  { golden, batch }: { readonly golden: Golden; readonly batch: DecoderBatch },
): Readonly<Record<string, readonly Pair[]>> {
  const label = 'all';
  const tensor = (key: string): readonly number[] => golden.at(key).tensor().values;
  const kept = (values: readonly number[]): readonly number[] => validStates(values, batch.mask);
  return {
    'hidden states': [
      { label, actual: kept(ours.hidden), expected: kept(tensor('last_hidden_state')) },
    ],
    logits: [{ label, actual: ours.logits, expected: tensor('logits_row0_last') }],
    'next-token loss': [{ label, actual: ours.loss, expected: tensor('ntp_loss') }],
    [gradientNorms]: normPairs(ours.gradients, golden),
  };
}

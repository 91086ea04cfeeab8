import { join } from 'node:path';

import {
  decoderConfigFrom,
  decoderParameters,
  loraConfigFrom,
  loraParameters,
} from '@q-anchor/backbone';

import { comparisonRow, lengthOf, type Pair } from './compare.js';
import {
  decoderBatchFrom,
  decoderResult,
  validStates,
  type DecoderBatch,
  type DecoderResult,
} from './decoder-run.js';
import type { Family, Setting } from './family.js';
import { readGolden, type Golden } from './golden.js';
import { precisions, tolerancesFor } from './precision.js';
import type { Row } from './result.js';
import { adapterWeights, checkpointWeights } from './weights.js';

const needed = ['config.json', 'model.safetensors', 'expected.json'] as const;
const adapterFiles = ['adapter_config.json', 'adapter_model.safetensors'] as const;

/**
 * A decoder by itself and with its adapters: hidden states, logits, next-token loss, gradient norms.
 *
 * @param folder - its directory below the goldens
 */
export const decoderFamilies = (folder: string): readonly Family[] => [
  {
    name: `${folder} base`,
    files: needed.map((file) => `${folder}/${file}`),
    rows: (setting) => decoderRows(setting, { folder, part: 'base' }),
  },
  {
    name: `${folder} lora`,
    files: [...needed, ...adapterFiles].map((file) => `${folder}/${file}`),
    rows: (setting) => decoderRows(setting, { folder, part: 'lora' }),
  },
];

async function decoderRows(
  { directory, engine }: Setting,
  { folder, part }: { readonly folder: string; readonly part: 'base' | 'lora' },
): Promise<readonly Row[]> {
  const configJson = await readGolden(directory, `${folder}/config.json`);
  const config = decoderConfigFrom(configJson.json, configJson.where);
  const expected = await readGolden(directory, `${folder}/expected.json`);
  const batch = decoderBatchFrom(expected);
  const golden = expected.at(part);
  const wanted = golden
    .at('grad_norm')
    .entries()
    .map(([name]) => name);
  const modelSpecs = decoderParameters(config);
  const adapter =
    part === 'lora' ? await readGolden(directory, `${folder}/adapter_config.json`) : undefined;
  const lora = adapter && loraConfigFrom(adapter.json, { specs: modelSpecs, where: adapter.where });
  const adapterSpecs = lora ? loraParameters(modelSpecs, lora) : {};

  const rows: Row[] = [];
  for (const precision of precisions) {
    const { dtype } = precision;
    const weights = {
      ...(await checkpointWeights(join(directory, folder), { specs: modelSpecs, dtype })),
      ...(lora && (await adapterWeights(join(directory, folder), { specs: adapterSpecs, dtype }))),
    };
    const specs = { ...modelSpecs, ...adapterSpecs };
    const ours = await decoderResult(engine, {
      config,
      specs,
      weights,
      batch,
      dtype,
      wanted,
      ...(lora && { lora }),
    });
    const pairs = pairsOf(ours, { golden, batch });
    const allowed = tolerancesFor(precision, golden.at('last_hidden_state').tensor().values);
    rows.push(
      ...Object.entries(pairs).map(([quantity, compared]) =>
        comparisonRow(`${folder} ${part} ${quantity} ${precision.name}`, {
          pairs: compared,
          tolerance: quantity === gradientNorms ? allowed.gradients : allowed.values,
          ...(allowed !== precision &&
            precision.dtype === 'float64' && { remark: 'the golden is float32' }),
        }),
      ),
    );
  }
  return rows;
}

const gradientNorms = 'gradient norms';

/** What is compared, by quantity. */
function pairsOf(
  ours: DecoderResult,
  { golden, batch }: { readonly golden: Golden; readonly batch: DecoderBatch },
): Readonly<Record<string, readonly Pair[]>> {
  const label = 'all';
  const tensor = (key: string): readonly number[] => golden.at(key).tensor().values;
  const kept = (values: readonly number[]): readonly number[] => validStates(values, batch);
  return {
    'hidden states': [
      { label, actual: kept(ours.hidden), expected: kept(tensor('last_hidden_state')) },
    ],
    logits: [{ label, actual: ours.logits, expected: tensor('logits_row0_last') }],
    'next-token loss': [{ label, actual: ours.loss, expected: tensor('ntp_loss') }],
    [gradientNorms]: golden
      .at('grad_norm')
      .entries()
      .map(([parameter, norm]) => ({
        label: parameter,
        actual: [lengthOf(ours.gradients.get(parameter)!)],
        expected: [norm.number()],
      })),
  };
}

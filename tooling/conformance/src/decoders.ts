import { join } from 'node:path';

import {
  decoderConfigFrom,
  decoderParameters,
  loraParameters,
  openCheckpoint,
  openSafetensors,
  type ParameterSpecs,
} from '@q-anchor/backbone';

import { loraScaleFrom } from './adapter-config.js';
import { comparisonRow } from './compare.js';
import { decoderBatchFrom, decoderResult, validRows } from './decoder-run.js';
import type { Family, Setting } from './family.js';
import { readGolden } from './golden.js';
import { precisions } from './precision.js';
import type { Row } from './result.js';
import { weightsOf } from './weights.js';

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
  const norms = golden.at('grad_norm').entries();
  const wanted = norms.map(([name]) => name);
  const lora =
    part === 'lora'
      ? loraScaleFrom(await readGolden(directory, `${folder}/adapter_config.json`))
      : undefined;
  const modelSpecs = decoderParameters(config);
  const adapterSpecs = lora ? loraParameters(modelSpecs, lora) : {};

  const rows: Row[] = [];
  for (const { dtype, name, ...tolerance } of precisions) {
    const weights = await allWeights(join(directory, folder), {
      modelSpecs,
      adapterSpecs,
      dtype,
    });
    const ours = await decoderResult(engine, {
      config,
      specs: { ...modelSpecs, ...adapterSpecs },
      weights,
      batch,
      dtype,
      wanted,
      ...(lora && { lora }),
    });
    const row = (
      quantity: string,
      pairs: Parameters<typeof comparisonRow>[1]['pairs'],
      allowed = tolerance.values,
    ): Row => comparisonRow(`${folder} ${part} ${quantity} ${name}`, { pairs, tolerance: allowed });
    const label = 'all';
    const kept = validRows(batch);
    const atKept = (values: readonly number[]): number[] => {
      const width = values.length / batch.mask.length;
      return kept.flatMap((r) => values.slice(r * width, (r + 1) * width));
    };
    const tensor = (key: string): readonly number[] => golden.at(key).tensor().values;
    rows.push(
      row('hidden states', [
        { label, actual: atKept(ours.hidden), expected: atKept(tensor('last_hidden_state')) },
      ]),
      row('logits', [{ label, actual: ours.logits, expected: tensor('logits_row0_last') }]),
      row('next-token loss', [{ label, actual: ours.loss, expected: tensor('ntp_loss') }]),
      row(
        'gradient norms',
        norms.map(([parameter, norm]) => ({
          label: parameter,
          actual: [Math.hypot(...ours.gradients.get(parameter)!)],
          expected: [norm.number()],
        })),
        tolerance.gradients,
      ),
    );
  }
  return rows;
}

async function allWeights(
  directory: string,
  options: {
    readonly modelSpecs: ParameterSpecs;
    readonly adapterSpecs: ParameterSpecs;
    readonly dtype: 'float32' | 'float64';
  },
) {
  const { modelSpecs, adapterSpecs, dtype } = options;
  await using model = await openCheckpoint(directory);
  const weights = await weightsOf(model, { specs: modelSpecs, dtype });
  if (Object.keys(adapterSpecs).length === 0) return weights;
  await using adapter = await openSafetensors(join(directory, 'adapter_model.safetensors'));
  return { ...weights, ...(await weightsOf(adapter, { specs: adapterSpecs, dtype })) };
}

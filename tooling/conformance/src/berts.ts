import { join } from 'node:path';

import { bertConfigFrom, bertParameters, loraConfigFrom, loraParameters } from '@q-anchor/backbone';

import { bertBatchFrom, bertResult, type BertBatch, type BertResult } from './bert-run.js';
import { comparisonRow, lengthOf, type Pair } from './compare.js';
import { validStates } from './decoder-run.js';
import type { Family, Setting } from './family.js';
import { readGolden, type Golden } from './golden.js';
import { precisions, tolerancesFor } from './precision.js';
import type { Row } from './result.js';
import { adapterWeights, checkpointWeights } from './weights.js';

const needed = ['config.json', 'model.safetensors', 'expected.json'] as const;
const adapterFiles = ['adapter_config.json', 'adapter_model.safetensors'] as const;

/**
 * A BERT text encoder by itself and, where there are adapters, with them: hidden states, poolings,
 * gradient norms, whichever the golden has.
 *
 * @param folder - its directory below the goldens
 * @param options - whether the golden has adapters
 */
export const bertFamilies = (
  folder: string,
  options: { readonly hasAdapters: boolean },
): readonly Family[] => [
  {
    name: `${folder} base`,
    files: needed.map((file) => `${folder}/${file}`),
    rows: (setting) => bertRows(setting, { folder, part: 'base' }),
  },
  ...(options.hasAdapters
    ? [
        {
          name: `${folder} lora`,
          files: [...needed, ...adapterFiles].map((file) => `${folder}/${file}`),
          rows: (setting: Setting) => bertRows(setting, { folder, part: 'lora' }),
        },
      ]
    : []),
];

async function bertRows(
  { directory, engine }: Setting,
  { folder, part }: { readonly folder: string; readonly part: 'base' | 'lora' },
): Promise<readonly Row[]> {
  const path = join(directory, folder);
  const configJson = await readGolden(directory, `${folder}/config.json`);
  const config = bertConfigFrom(configJson.json, configJson.where);
  const expected = await readGolden(directory, `${folder}/expected.json`);
  const batch = bertBatchFrom(expected);
  // Without adapters the quantities stand at the top.
  const golden = part === 'lora' || expected.has('base') ? expected.at(part) : expected;
  const wanted = golden.has('grad_norm')
    ? golden
        .at('grad_norm')
        .entries()
        .map(([name]) => name)
    : [];
  const modelSpecs = bertParameters(config);
  const adapter =
    part === 'lora' ? await readGolden(directory, `${folder}/adapter_config.json`) : undefined;
  const lora = adapter && loraConfigFrom(adapter.json, { specs: modelSpecs, where: adapter.where });
  const adapterSpecs = lora ? loraParameters(modelSpecs, lora) : {};

  const rows: Row[] = [];
  for (const precision of precisions) {
    const { dtype } = precision;
    const weights = {
      ...(await checkpointWeights(path, { specs: modelSpecs, dtype })),
      ...(lora && (await adapterWeights(path, { specs: adapterSpecs, dtype }))),
    };
    const specs = { ...modelSpecs, ...adapterSpecs };
    const run = { config, specs, weights, batch, dtype, wanted, ...(lora && { lora }) };
    const pairs = pairsOf(await bertResult(engine, run), { golden, batch });
    const quantities = Object.entries(pairs).filter(([, compared]) => compared.length > 0);
    if (quantities.length === 0) {
      return [{ name: `${folder} ${part}`, verdict: 'failed', remark: 'nothing to compare' }];
    }
    const allowed = tolerancesFor(
      precision,
      quantities.flatMap(([, compared]) => compared.flatMap((pair) => Array.from(pair.expected))),
    );
    rows.push(
      ...quantities.map(([quantity, compared]) =>
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

/** What is compared, by quantity; nothing of those the golden lacks. */
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
      (values) => validStates(values, { mask: batch.mask.values }),
    ]),
    cls: pairs('cls', [ours.cls, all]),
    mean: pairs('mean', [ours.mean, all]),
    loss: pairs('loss', [ours.loss, all]),
    [gradientNorms]: normPairs(ours, golden),
  };
}

type Kept = (values: readonly number[]) => readonly number[];

const all: Kept = (values) => values;

/** Share of the whole gradient below which a norm counts as none. */
const vanishing = 1e-6;

/**
 * Gradient norms by parameter. A bias of keys shifts all scores of a query alike, which changes
 * nothing: such a norm is rounding, and is measured beside the whole gradient's.
 */
function normPairs({ gradients }: BertResult, golden: Golden): readonly Pair[] {
  if (gradients.size === 0) return [];
  const norms = [...gradients].map(([parameter, gradient]) => ({
    label: parameter,
    actual: lengthOf(gradient),
    expected: golden.at('grad_norm').at(parameter).number(),
  }));
  const whole = lengthOf(norms.map(({ expected }) => expected));
  return norms.map(({ label, actual, expected }) => {
    const beside = expected < vanishing * whole ? [whole] : [];
    return { label, actual: [actual, ...beside], expected: [expected, ...beside] };
  });
}

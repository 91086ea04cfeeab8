import { join } from 'node:path';

import {
  loraConfigFrom,
  loraParameters,
  type LoraConfig,
  type ParameterSpecs,
} from '@q-anchor/backbone';
import type { Engine } from '@q-anchor/backend';
import type { FloatDType, TensorData } from '@q-anchor/graph';

import { comparisonRow, type Pair } from './compare.js';
import type { Family, Setting } from './family.js';
import { readGolden, type Golden } from './golden.js';
import { gradientNorms } from './gradient-norms.js';
import { precisions, tolerancesFor } from './precision.js';
import type { Row } from './result.js';
import { adapterWeights, checkpointWeights } from './weights.js';

const needed = ['config.json', 'model.safetensors', 'expected.json'] as const;
const adapterFiles = ['adapter_config.json', 'adapter_model.safetensors'] as const;

/** A model by itself, or with its adapters. */
type Part = 'base' | 'lora';

/** A model of a golden in one precision. */
export interface ModelRun<Config> {
  readonly config: Config;
  readonly lora?: LoraConfig;
  /** Parameters of the model, and of its adapters where it has some. */
  readonly specs: ParameterSpecs;
  readonly weights: Readonly<Record<string, TensorData>>;
  readonly dtype: FloatDType;
}

/** An architecture that goldens are made of. */
export interface Architecture<Config> {
  /** The shape that a `config.json` describes. */
  configFrom(json: unknown, where: string): Config;
  /** The parameters it has. */
  parameters(config: Config): ParameterSpecs;
  /** Runs it, and puts what came out beside the golden, by quantity; nothing of those it lacks. */
  compared(
    engine: Engine,
    run: ModelRun<Config> & {
      /** The golden's `expected.json`, where the tokens are. */
      readonly expected: Golden;
      /** Its quantities for the model by itself, or with adapters. */
      readonly golden: Golden;
    },
  ): Promise<Readonly<Record<string, readonly Pair[]>>>;
}

/**
 * Families of a model by itself and, where there are adapters, with them.
 *
 * @param folder - its directory below the goldens
 * @param options - its architecture, and whether the golden has adapters
 */
export const modelFamilies = <Config>(
  folder: string,
  options: { readonly architecture: Architecture<Config>; readonly hasAdapters: boolean },
): readonly Family[] => {
  const { architecture, hasAdapters } = options;
  const family = (part: Part, files: readonly string[]): Family => ({
    name: `${folder} ${part}`,
    files: files.map((file) => `${folder}/${file}`),
    rows: (setting) => modelRows(setting, { architecture, folder, part }),
  });
  return [
    family('base', needed),
    ...(hasAdapters ? [family('lora', [...needed, ...adapterFiles])] : []),
  ];
};

async function modelRows<Config>(
  { directory, engine }: Setting,
  options: {
    readonly architecture: Architecture<Config>;
    readonly folder: string;
    readonly part: Part;
  },
): Promise<readonly Row[]> {
  const { architecture, folder, part } = options;
  const path = join(directory, folder);
  const file = (name: string): Promise<Golden> => readGolden(directory, `${folder}/${name}`);
  const description = await file('config.json');
  const config = architecture.configFrom(description.json, description.where);
  const expected = await file('expected.json');
  // Without adapters the quantities may stand at the top.
  const golden = part === 'lora' || expected.has('base') ? expected.at(part) : expected;
  const modelSpecs = architecture.parameters(config);
  const adapter = part === 'lora' ? await file('adapter_config.json') : undefined;
  const lora = adapter && loraConfigFrom(adapter.json, { specs: modelSpecs, where: adapter.where });
  const adapterSpecs = lora ? loraParameters(modelSpecs, lora) : {};

  const rows: Row[] = [];
  for (const precision of precisions) {
    const { dtype } = precision;
    const pairs = await architecture.compared(engine, {
      config,
      specs: { ...modelSpecs, ...adapterSpecs },
      weights: {
        ...(await checkpointWeights(path, { specs: modelSpecs, dtype })),
        ...(lora && (await adapterWeights(path, { specs: adapterSpecs, dtype }))),
      },
      dtype,
      expected,
      golden,
      ...(lora && { lora }),
    });
    const quantities = Object.entries(pairs).filter(([, compared]) => compared.length > 0);
    if (quantities.length === 0) {
      return [{ name: `${folder} ${part}`, verdict: 'failed', remark: 'nothing to compare' }];
    }
    const allowed = tolerancesFor(
      precision,
      quantities.flatMap(([, compared]) => compared.flatMap((pair) => Array.from(pair.expected))),
    );
    const isSingle = allowed !== precision && dtype === 'float64';
    rows.push(
      ...quantities.map(([quantity, compared]) =>
        comparisonRow(`${folder} ${part} ${quantity} ${precision.name}`, {
          pairs: compared,
          tolerance: quantity === gradientNorms ? allowed.gradients : allowed.values,
          ...(isSingle && { remark: 'the golden is float32' }),
        }),
      ),
    );
  }
  return rows;
}

import type { ParameterSpec, ParameterSpecs } from '@q-anchor/backbone';

import {
  checkUserTokensConfig,
  modalityNames,
  tabularModality,
  timeFeatureCount,
  valueFeatureCount,
  type UserTokensConfig,
} from '../config.js';
import { textEncoderOf } from '../text/text-encoder-of.js';

/** Prefix of every parameter of the user encoder. */
const root = 'encoder';

/** Names of an adapter's parameters. */
export const adapterNames = (adapter: string): Readonly<Record<AdapterPart, string>> => ({
  normWeight: `${root}.adapters.${adapter}.norm.weight`,
  normBias: `${root}.adapters.${adapter}.norm.bias`,
  upWeight: `${root}.adapters.${adapter}.up.weight`,
  upBias: `${root}.adapters.${adapter}.up.bias`,
  downWeight: `${root}.adapters.${adapter}.down.weight`,
  downBias: `${root}.adapters.${adapter}.down.bias`,
});

type AdapterPart = 'normWeight' | 'normBias' | 'upWeight' | 'upBias' | 'downWeight' | 'downBias';

/** Name of the adapter shared by the modality tokens. */
export const modalAdapter = '@modality';
/** Name of the user token's adapter. */
export const userAdapter = '@user';

/** Names of the encoder's other parameters; the text encoder's are `textNames`. */
export const encoderNames = {
  time: (modality: string): string => `${root}.time.${modality}.weight`,
  value: (modality: string): string => `${root}.value.${modality}.weight`,
  tabularWeight: `${root}.tabular.weight`,
  tabularBias: `${root}.tabular.bias`,
} as const;

/**
 * The user encoder's parameters: the text encoder's, feature projections, adapters.
 *
 * @param config - the user encoder's configuration
 * @throws {@link @q-anchor/core#InputError} if the configuration is wrong
 */
export function userTokensParameters(config: UserTokensConfig): ParameterSpecs {
  checkUserTokensConfig(config);
  const { eventWidth, width, tabularFeatures } = config;
  const specs: Record<string, ParameterSpec> = { ...textEncoderOf(config).parameters };
  for (const { name } of config.modalities) {
    if (config.timeFeatures) {
      specs[encoderNames.time(name)] = { shape: [eventWidth, timeFeatureCount], kind: 'matrix' };
    }
    if (config.valueFeatures) {
      specs[encoderNames.value(name)] = { shape: [eventWidth, valueFeatureCount], kind: 'matrix' };
    }
  }
  const names = modalityNames(config);
  if (names.includes(tabularModality)) {
    specs[encoderNames.tabularWeight] = { shape: [eventWidth, tabularFeatures], kind: 'matrix' };
    specs[encoderNames.tabularBias] = { shape: [eventWidth], kind: 'bias' };
  }
  for (const adapter of [...names, modalAdapter, userAdapter]) {
    const at = adapterNames(adapter);
    specs[at.normWeight] = { shape: [eventWidth], kind: 'norm' };
    specs[at.normBias] = { shape: [eventWidth], kind: 'bias' };
    specs[at.upWeight] = { shape: [eventWidth, eventWidth], kind: 'matrix' };
    specs[at.upBias] = { shape: [eventWidth], kind: 'bias' };
    specs[at.downWeight] = { shape: [width, eventWidth], kind: 'matrix' };
    specs[at.downBias] = { shape: [width], kind: 'bias' };
  }
  return specs;
}

import { loraParameters, mergeLora, decoderParameters, bertParameters } from '@q-anchor/backbone';
import type { LoraConfig, ParameterSpecs } from '@q-anchor/backbone';
import type { Tensors } from '@q-anchor/backend';
import { textNames } from '@q-anchor/user-tokens';

import type { DualTowerModel } from '../checkpoint/model.js';

/**
 * A model without adapters that computes what the adapted one does: those of the decoder and of a
 * BERT text encoder are put into the weights. One without adapters is returned as it is.
 *
 * @param model - its weights are floats
 * @throws {@link @q-anchor/core#InputError} if an adapted weight is missing or quantised
 */
export function mergedModel(model: DualTowerModel): DualTowerModel {
  const { lora, ...config } = model.config;
  let { parameters } = model;
  if (lora)
    parameters = merged(parameters, { lora, specs: decoderParameters(config.decoder), prefix: '' });
  const { textEncoder } = config.users;
  if (textEncoder?.kind !== 'bert' || !textEncoder.lora) return { ...model, config, parameters };
  const { lora: textLora, ...plainText } = textEncoder;
  parameters = merged(parameters, {
    lora: textLora,
    specs: bertParameters(textEncoder.bert),
    prefix: textNames.bert,
  });
  return {
    ...model,
    config: { ...config, users: { ...config.users, textEncoder: plainText } },
    parameters,
  };
}

/** Parameters with one part's adapters merged and left out; the part's names begin with a prefix. */
function merged(
  parameters: Tensors,
  part: { readonly lora: LoraConfig; readonly specs: ParameterSpecs; readonly prefix: string },
): Tensors {
  const { lora, specs, prefix } = part;
  const below = (names: readonly string[]): Tensors =>
    Object.fromEntries(
      names.flatMap((name) => {
        const tensor = parameters[prefix + name];
        return tensor ? [[name, tensor] as const] : [];
      }),
    );
  const adapterNames = Object.keys(loraParameters(specs, lora));
  const weights = mergeLora(below(Object.keys(specs)), { adapters: below(adapterNames), lora });
  const gone = new Set(adapterNames.map((name) => prefix + name));
  return {
    ...Object.fromEntries(Object.entries(parameters).filter(([name]) => !gone.has(name))),
    ...Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [prefix + name, tensor])),
  };
}

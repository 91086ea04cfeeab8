import type { LoraConfig } from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';

import type { Golden } from './golden.js';

/** PEFT settings that change the numbers and that our adapters do not have, with the value that is none. */
const unsupported: Readonly<Record<string, (value: unknown) => boolean>> = {
  use_dora: (value) => value !== true,
  fan_in_fan_out: (value) => value !== true,
  bias: (value) => value === 'none',
  rank_pattern: isEmpty,
  alpha_pattern: isEmpty,
  layers_to_transform: isEmpty,
  modules_to_save: isEmpty,
};

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/**
 * The adapters' configuration from a PEFT `adapter_config.json`.
 *
 * @throws InputError naming the key that is missing, wrong or not supported
 */
export function loraConfigFrom(golden: Golden): LoraConfig {
  for (const [key, isNone] of Object.entries(unsupported)) {
    if (golden.has(key) && !isNone(golden.at(key).json)) {
      throw new InputError({
        where: golden.at(key).where,
        expected: 'a plain LoRA adapter',
        found: JSON.stringify(golden.at(key).json),
      });
    }
  }
  return {
    rank: golden.at('r').number(),
    alpha: golden.at('lora_alpha').number(),
    dropout: 0,
    isRankStabilised: golden.has('use_rslora') && golden.at('use_rslora').json === true,
    targets: golden
      .at('target_modules')
      .list()
      .map(({ json, where }) => {
        if (typeof json !== 'string') {
          throw new InputError({
            where,
            expected: 'the name of a projection, as q_proj or attention.output.dense',
            found: JSON.stringify(json),
          });
        }
        return json;
      }),
  };
}

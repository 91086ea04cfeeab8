import { decoderParameters, type ParameterSpecs } from '@q-anchor/backbone';
import { textEncoderOf } from '@q-anchor/user-tokens';

import type { DualTowerConfig } from '../model/config.js';
import { dualTowerParameters } from '../model/parameters.js';

/** Names of the parameters that no training of a model changes. */
function frozenNames({ lora, decoder, users }: DualTowerConfig): ReadonlySet<string> {
  const base = lora ? Object.keys(decoderParameters(decoder)) : [];
  return new Set([...base, ...textEncoderOf(users).frozen]);
}

/**
 * Names of the parameters a model trains: all, or under LoRA the adapters, added tokens, user encoder
 * and head; of a BERT text encoder its adapters' at most.
 */
export function trainedParameters(config: DualTowerConfig): readonly string[] {
  const frozen = frozenNames(config);
  return Object.keys(dualTowerParameters(config)).filter((name) => !frozen.has(name));
}

/** Names of the parameters that training leaves as they are; none where all is trained. */
export function frozenParameters(config: DualTowerConfig): readonly string[] {
  const frozen = frozenNames(config);
  return Object.keys(dualTowerParameters(config)).filter((name) => frozen.has(name));
}

/** The parameters a step reads: all but those of a text encoder whose embeddings come from a cache. */
export function stepParameters(config: DualTowerConfig): ParameterSpecs {
  const encoder = textEncoderOf(config.users);
  const absent = new Set(encoder.isFrozen ? encoder.frozen : []);
  const specs = Object.entries(dualTowerParameters(config));
  return Object.fromEntries(specs.filter(([name]) => !absent.has(name)));
}

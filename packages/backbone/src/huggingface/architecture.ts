import { InputError, parsedBy } from '@q-anchor/core';
import { z } from 'zod';

import { bertConfigFrom, type BertConfig } from '../bert/config.js';
import { bertParameters } from '../bert/parameters.js';
import { decoderConfigFrom, type DecoderConfig } from '../decoder/config.js';
import { decoderParameters, type ParameterSpecs } from '../decoder/parameters.js';

/** What a `config.json` describes. */
export type Architecture =
  | {
      readonly kind: 'decoder';
      readonly config: DecoderConfig;
      readonly parameters: ParameterSpecs;
    }
  | { readonly kind: 'bert'; readonly config: BertConfig; readonly parameters: ParameterSpecs };

/** Classes of `transformers` begin with the first, `model_type` is the second. */
const families = { Qwen2: 'qwen2', Qwen3: 'qwen3', Bert: 'bert' } as const;

/** What follows a family's name in a class whose trunk is the plain model. */
const classEndings = [
  'Model',
  'LMHeadModel',
  'ForCausalLM',
  'ForMaskedLM',
  'ForPreTraining',
  'ForNextSentencePrediction',
  'ForSequenceClassification',
  'ForTokenClassification',
  'ForQuestionAnswering',
  'ForMultipleChoice',
];

const known = Object.entries(families)
  .map(([name, type]) => `${type} (${name}Model, ...)`)
  .join(', ');

const schema = z.looseObject({
  model_type: z.string('model_type, a text').optional(),
  architectures: z.array(z.string(), 'a list of class names').nullish(),
  quantization_config: z.null({ error: 'null: weights that are stored as floats' }).optional(),
});

/**
 * The model that a `config.json` describes: its `model_type`, or where there is none the class that
 * `architectures` names, decides. Code that a file points to (`auto_map`) is never looked at.
 *
 * @param json - the parsed file
 * @param where - its path, for errors
 * @throws {@link @q-anchor/core#InputError} if the architecture is none of the known, or a key of its
 * configuration is missing or wrong
 */
export function architectureOf(json: unknown, where: string): Architecture {
  const { model_type: type, architectures } = parsedBy(json, { schema, where });
  const classes = architectures ?? [];
  const modelType = type ?? familyOf(classes[0]);
  const isKnown = (Object.values(families) as (string | undefined)[]).includes(modelType);
  const stranger = classes.find((name) => familyOf(name) !== modelType);
  if (!isKnown || stranger !== undefined) {
    const names = classes.length === 0 ? '' : `, architectures ${classes.join(', ')}`;
    throw new InputError({
      where,
      expected: `a known architecture: ${known}`,
      found: `${type === undefined ? 'no model_type' : `model_type '${type}'`}${names}`,
    });
  }
  const typed = { ...(json as object), model_type: modelType };
  if (modelType === 'bert') {
    const config = bertConfigFrom(typed, where);
    return { kind: 'bert', config, parameters: bertParameters(config) };
  }
  const config = decoderConfigFrom(typed, where);
  return { kind: 'decoder', config, parameters: decoderParameters(config) };
}

/** The `model_type` of a class of `transformers`; undefined for a class that is not known. */
function familyOf(className: string | undefined): string | undefined {
  const family = Object.entries(families).find(([name]) =>
    classEndings.some((ending) => className === `${name}${ending}`),
  );
  return family?.[1];
}

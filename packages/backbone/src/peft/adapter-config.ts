import { InputError, parsedBy } from '@q-anchor/core';
import { z } from 'zod';

import type { ParameterSpecs } from '../decoder/parameters.js';
import { checkLoraConfig, type LoraConfig } from '../lora/config.js';
import { projectionsOf, targetedProjections } from '../lora/targets.js';
import { targetsRead } from './pooler.js';

const isNothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  (typeof value === 'object' && Object.keys(value).length === 0);

const absent = (what: string) =>
  z
    .unknown()
    .refine(isNothing, { error: `no ${what}: a plain LoRA adapter` })
    .optional();

const share = 'a share in [0, 1)';

/** The keys that change what an adapter computes; others, as `revision`, are passed over. */
const schema = z.object({
  peft_type: z.literal('LORA', { error: '"LORA"' }),
  r: z.int({ error: 'a rank of 1 or more' }).positive({ error: 'a rank of 1 or more' }),
  lora_alpha: z.number({ error: 'a number' }),
  lora_dropout: z
    .number({ error: share })
    .min(0, { error: share })
    .lt(1, { error: share })
    .default(0),
  target_modules: z.union([z.string(), z.array(z.string())], {
    error: 'a list of module names, or a regular expression',
  }),
  use_rslora: z.boolean().nullish(),
  bias: z.literal('none', { error: '"none"' }).default('none'),
  init_lora_weights: z
    .unknown()
    // These change the model's own weights at the start.
    .refine((value) => !/^(pissa|olora|corda|loftq)/.test(String(value)), {
      error: 'a start that leaves the base weights as they are',
    })
    .optional(),
  use_dora: absent('DoRA'),
  use_qalora: absent('QALoRA'),
  fan_in_fan_out: absent('transposed weights'),
  lora_bias: absent('biases of adapters'),
  modules_to_save: absent('further modules'),
  rank_pattern: absent('ranks by module'),
  alpha_pattern: absent('alphas by module'),
  exclude_modules: absent('excluded modules'),
  layers_to_transform: absent('choice of layers'),
  layer_replication: absent('replicated layers'),
  trainable_token_indices: absent('trainable tokens'),
  target_parameters: absent('targeted parameters'),
});

/** The decoder's and the text encoder's task in PEFT's words. */
export type PeftTask = 'CAUSAL_LM' | 'FEATURE_EXTRACTION';

/**
 * Adapters from the content of PEFT's `adapter_config.json`. Modules named by a regular expression
 * come out by their whole names; BERT's pooler is passed over.
 *
 * @param json - the parsed file
 * @param options - the parameters of the model they belong to, and the file's path for errors
 * @throws {@link InputError} naming the key that is missing, wrong, or asks for what plain LoRA is not
 */
export function loraConfigFrom(
  json: unknown,
  options: { readonly specs: ParameterSpecs; readonly where?: string },
): LoraConfig {
  const { specs, where = 'adapter_config.json' } = options;
  const { r, lora_alpha, lora_dropout, target_modules, use_rslora } = parsedBy(json, {
    schema,
    where,
  });
  const at = `${where}, key 'target_modules'`;
  const targets =
    typeof target_modules === 'string'
      ? modulesMatching(target_modules, { specs, where: at })
      : targetsRead(specs, target_modules);
  const lora: LoraConfig = {
    rank: r,
    alpha: lora_alpha,
    dropout: lora_dropout,
    targets,
    ...(use_rslora === true && { isRankStabilised: true }),
  };
  checkLoraConfig(lora);
  targetedProjections(specs, targets);
  return lora;
}

/** Names of the modules that a regular expression matches as a whole, as Python's `fullmatch`. */
function modulesMatching(
  pattern: string,
  { specs, where }: { readonly specs: ParameterSpecs; readonly where: string },
): readonly string[] {
  const names = projectionsOf(specs).map(({ name }) => name);
  if (pattern === 'all-linear') return names;
  let expression: RegExp;
  try {
    expression = new RegExp(`^(?:${pattern})$`);
  } catch (error) {
    const expected = 'a regular expression';
    throw new InputError({ where, expected, found: JSON.stringify(pattern) }, { cause: error });
  }
  const matching = names.filter((name) => expression.test(name));
  if (matching.length > 0) return matching;
  throw new InputError({
    where,
    expected: `an expression that matches modules, such as ${names[0] ?? 'none'}`,
    found: `${JSON.stringify(pattern)}, which matches none`,
  });
}

/**
 * The content of PEFT's `adapter_config.json` for adapters.
 *
 * @param lora - the adapters
 * @param options - the model they belong to: its task, and its name or path where that is known
 */
export function loraConfigToJson(
  lora: LoraConfig,
  options: { readonly taskType: PeftTask; readonly baseModel?: string },
): Record<string, unknown> {
  return {
    peft_type: 'LORA',
    task_type: options.taskType,
    base_model_name_or_path: options.baseModel ?? null,
    inference_mode: true,
    r: lora.rank,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    target_modules: [...lora.targets],
    bias: 'none',
    fan_in_fan_out: false,
    init_lora_weights: true,
    use_rslora: lora.isRankStabilised ?? false,
    use_dora: false,
    modules_to_save: null,
    layers_to_transform: null,
    layers_pattern: null,
    rank_pattern: {},
    alpha_pattern: {},
  };
}

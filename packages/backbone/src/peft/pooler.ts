import { bertTables } from '../bert/parameters.js';
import type { ParameterSpecs } from '../decoder/parameters.js';
import { loraNames } from '../lora/parameters.js';
import { isLoraTarget, projectionsOf, targetedProjections } from '../lora/targets.js';

/**
 * BERT's layer on top of the encoder: Hugging Face's class has it, ours does without, since hidden
 * states don't go through it. To PEFT a target `dense` names it, and `all-linear` does.
 */
const pooler = 'pooler.dense';

const namesPooler = (specs: ParameterSpecs, target: string): boolean =>
  Object.hasOwn(specs, bertTables.words) && isLoraTarget(pooler, { targets: [target] });

/** Names of the pooler's factors in a file of adapters; none for a decoder. */
export const poolerFactors = (specs: ParameterSpecs): readonly string[] =>
  namesPooler(specs, pooler) ? Object.values(loraNames(pooler)) : [];

/** PEFT's targets without those that name nothing but the pooler. */
export const targetsRead = (
  specs: ParameterSpecs,
  targets: readonly string[],
): readonly string[] => {
  const projections = projectionsOf(specs);
  return targets.filter(
    (target) =>
      !namesPooler(specs, target) ||
      projections.some(({ name }) => isLoraTarget(name, { targets: [target] })),
  );
};

/**
 * Targets that name the same projections to PEFT as to us: where one would name the pooler too, the
 * whole names stand in its place.
 */
export const targetsWritten = (
  specs: ParameterSpecs,
  targets: readonly string[],
): readonly string[] =>
  targets.flatMap((target) =>
    namesPooler(specs, target)
      ? targetedProjections(specs, [target]).map(({ name }) => name)
      : [target],
  );

import { InputError, type Scenario } from '@q-anchor/core';
import type { AskedQuery } from '@q-anchor/dual-tower';
import { askedOf, type LoadedScenario } from '@q-anchor/prompt-tuning';

import type { TunedQuery } from './tuned-attention.js';

/** A question or scenario whose attention is read. */
export interface AskedAttention {
  /** What results call it: the scenario's name, or the question. */
  readonly name: string;
  /** What is asked without prompts; the attention of several questions is averaged. */
  readonly before: readonly AskedQuery[];
  /** The questions as they were tuned, by prompts or adapters, if they were; averaged as well. */
  readonly after?: readonly TunedQuery[];
}

/**
 * What is asked for: questions in words, then scenarios. One that was tuned is
 * asked the questions that its prompts were tuned for, before and after.
 *
 * @throws {@link InputError} if there is no such scenario
 */
export function askedAttention(
  scenarios: readonly Scenario[],
  options: {
    readonly queries: readonly string[];
    readonly names: readonly string[];
    readonly artefacts: ReadonlyMap<string, LoadedScenario>;
  },
): readonly AskedAttention[] {
  return [
    ...options.queries.map((query): AskedAttention => ({ name: query, before: [{ query }] })),
    ...options.names.map((name): AskedAttention => {
      const artefact = options.artefacts.get(name);
      const scenario = scenarios.find((one) => one.name === name);
      if (!scenario) {
        throw new InputError({
          where: '--scenario',
          expected: `one of ${scenarios.map((one) => one.name).join(', ')}`,
          found: `"${name}"`,
        });
      }
      if (!artefact) return { name, before: scenario.queries.map((query) => ({ query })) };
      const { queries, adapters } = artefact;
      return {
        name,
        before: queries.map((query) => ({ query })),
        after: askedOf(artefact).map((one) => ({ ...one, ...(adapters && { adapters }) })),
      };
    }),
  ];
}

import { InputError, type Scenario } from '@q-anchor/core';
import type { LoadedScenario } from '@q-anchor/prompt-tuning';

/** What makes one embedding of a user. */
export interface EmbeddingQuery {
  /** The questions, whose embeddings are averaged. */
  readonly queries: readonly string[];
  /** The scenario that asks them, if any. */
  readonly scenario?: string;
  /** Its artefact, whose tuned prompts stand before each question then. */
  readonly artefact?: LoadedScenario;
}

/**
 * What is asked for: queries in words, each by itself, then scenarios, each by
 * its artefact, or with all its questions.
 *
 * @throws {@link @q-anchor/core#InputError} if there is none, or no such scenario
 */
export function embeddingQueries(
  scenarios: readonly Scenario[],
  asked: {
    readonly queries: readonly string[];
    readonly names: readonly string[];
    readonly artefacts: ReadonlyMap<string, LoadedScenario>;
  },
): readonly EmbeddingQuery[] {
  const chosen = [
    ...asked.queries.map((query): EmbeddingQuery => ({ queries: [query] })),
    ...asked.names.map((name): EmbeddingQuery => {
      const scenario = scenarios.find((one) => one.name === name);
      const artefact = asked.artefacts.get(name);
      if (scenario && artefact) return { queries: artefact.queries, scenario: name, artefact };
      if (scenario) return { queries: scenario.queries, scenario: name };
      throw new InputError({
        where: '--scenario',
        expected: `one of ${scenarios.map((one) => one.name).join(', ')}`,
        found: `"${name}"`,
      });
    }),
  ];
  if (chosen.length > 0) return chosen;
  throw new InputError({
    where: 'embed',
    expected: '--query or --scenario at least once',
    found: 'neither',
    fix: 'For the user as such, give --query ""',
  });
}

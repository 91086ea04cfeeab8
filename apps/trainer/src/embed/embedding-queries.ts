import { InputError, type Scenario } from '@q-anchor/core';

/** A query to embed users for, and the scenario it belongs to, if any. */
export interface EmbeddingQuery {
  readonly query: string;
  readonly scenario?: string;
}

/**
 * The queries asked for: those in words, then those of scenarios.
 *
 * @throws {@link @q-anchor/core#InputError} if there is none, or no such scenario
 */
export function embeddingQueries(
  scenarios: readonly Scenario[],
  asked: { readonly queries: readonly string[]; readonly names: readonly string[] },
): readonly EmbeddingQuery[] {
  const chosen = [
    ...asked.queries.map((query): EmbeddingQuery => ({ query })),
    ...asked.names.map((name): EmbeddingQuery => {
      const scenario = scenarios.find((one) => one.name === name);
      if (scenario) return { query: scenario.query, scenario: name };
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

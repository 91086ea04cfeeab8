import type { LoadedScenario } from '@q-anchor/prompt-tuning';

import type { App, AppContext } from '../app/context.js';
import { answerSchemas, errorAnswers } from '../schemas/answers.js';
import { scenarioModel } from './named-model.js';

/** `/v1/scenarios`: what there is, and loading it again. */
export function scenarioRoutes(app: App, { settings, lifecycle }: AppContext): void {
  const listed = (scenarios: readonly LoadedScenario[]) => ({
    object: 'list' as const,
    data: scenarios.map(({ scenario, queries, digest, adapters }) => ({
      id: scenario,
      object: 'scenario' as const,
      model: scenarioModel(settings.name, scenario),
      queries: [...queries],
      prefix: adapters ? ('own' as const) : ('shared' as const),
      digest,
    })),
  });
  app.get(
    '/v1/scenarios',
    {
      schema: {
        tags: ['model'],
        summary: 'Scenarios that users are scored for',
        response: { 200: answerSchemas.scenarios, ...errorAnswers(401, 429, 503) },
      },
    },
    async () => listed(lifecycle.loadedModel().scenarios),
  );
  app.post(
    '/v1/scenarios/reload',
    {
      schema: {
        tags: ['model'],
        summary: 'Loads the scenarios of the model directory again',
        response: {
          200: answerSchemas.scenarios,
          ...errorAnswers(400, 401, 413, 415, 422, 429, 503),
        },
      },
    },
    async () => listed(await lifecycle.loadedModel().reloadScenarios()),
  );
}

import type { App, AppContext } from '../app/context.js';
import { answerSchemas, errorAnswers } from '../schemas/answers.js';
import { scenarioModel } from './named-model.js';

/** `GET /v1/models`, as OpenAI has it: the model, and it with each scenario. */
export function modelsRoute(app: App, { settings, lifecycle }: AppContext): void {
  const created = Math.floor(Date.now() / 1000);
  app.get(
    '/v1/models',
    {
      schema: {
        tags: ['model'],
        summary: 'What /v1/embeddings takes as its model',
        response: { 200: answerSchemas.models, ...errorAnswers(401, 429, 503) },
      },
    },
    async () => {
      const { scenarios, serving, insight } = lifecycle.loadedModel();
      const { name } = settings;
      const names = [name, ...scenarios.map(({ scenario }) => scenarioModel(name, scenario))];
      return {
        object: 'list' as const,
        data: names.map((id) => ({
          id,
          object: 'model' as const,
          created,
          owned_by: 'q-anchor',
          dimensions: serving.dimensions,
          answers: insight.canAnswer && id === name,
        })),
      };
    },
  );
}

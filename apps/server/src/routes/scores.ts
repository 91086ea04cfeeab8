import { ApiError } from '../app/api-error.js';
import { callerSignal } from '../app/caller-signal.js';
import type { App, AppContext } from '../app/context.js';
import type { ServedModel } from '../model/served-model.js';
import { answerSchemas, errorAnswers } from '../schemas/answers.js';
import { daysOf, requestSchemas } from '../schemas/requests.js';
import { usageOf } from './usage.js';

/** `POST /v1/scores`: calibrated probabilities of a user for scenarios. */
export function scoresRoute(app: App, { settings, lifecycle, metrics }: AppContext): void {
  const { scores: body } = requestSchemas(settings);
  app.post(
    '/v1/scores',
    {
      schema: {
        tags: ['answers'],
        summary: 'Probabilities of a user for scenarios',
        body,
        response: {
          200: answerSchemas.scores,
          ...errorAnswers(400, 401, 404, 413, 415, 422, 429, 503, 504),
        },
      },
    },
    async ({ body: asked }, reply) => {
      const model = lifecycle.loadedModel();
      const scenarios = scenariosOf(model, asked.scenarios);
      const { scores, referenceDays, usage } = await model.serving.score({
        user: asked.user,
        scenarios,
        signal: callerSignal(reply),
        timeoutMs: settings.timeoutMs,
        ...(asked.reference_time !== undefined && { referenceDays: daysOf(asked.reference_time) }),
      });
      metrics.used(usage);
      return {
        object: 'list' as const,
        user: asked.user,
        reference_time: referenceDays,
        data: scores.map(({ scenario, probe, prototypes, digest }) => ({
          object: 'score' as const,
          scenario,
          probability: probe.probability,
          probe,
          prototypes,
          digest,
        })),
        usage: usageOf(usage),
      };
    },
  );
}

function scenariosOf(
  { scenarios }: ServedModel,
  asked: readonly string[] | undefined,
): readonly string[] {
  const known = scenarios.map(({ scenario }) => scenario);
  const unknown = asked?.find((name) => !known.includes(name));
  if (unknown === undefined && known.length > 0) return asked ?? known;
  const found = unknown === undefined ? 'none' : `"${unknown}"`;
  throw new ApiError({
    status: 404,
    code: 'scenario_not_found',
    message: `scenarios: expected those that /v1/scenarios lists, found ${found}`,
    param: 'scenarios',
  });
}

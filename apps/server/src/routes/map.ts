import type { App, AppContext } from '../app/context.js';
import { requestSignal } from '../app/request-signal.js';
import { principalPlane } from '../plane/principal-plane.js';
import { answerSchemas, errorAnswers } from '../schemas/answers.js';
import { daysOf, requestSchemas } from '../schemas/requests.js';
import { eachUser, evenlyChosen } from './asked-users.js';
import { knownScenario } from './known-scenario.js';

/** `POST /v1/map`: users on the principal plane of their embeddings for a scenario, with its scores. */
export function mapRoute(app: App, { settings, lifecycle, metrics }: AppContext): void {
  const { map: body } = requestSchemas(settings);
  app.post(
    '/v1/map',
    {
      schema: {
        tags: ['insight'],
        summary: 'Users on the principal plane of their embeddings for a scenario, with its scores',
        body,
        response: {
          200: answerSchemas.map,
          ...errorAnswers(400, 401, 404, 413, 415, 422, 429, 503, 504),
        },
      },
    },
    async ({ body: { scenario, limit, user, reference_time: at } }, reply) => {
      const model = lifecycle.loadedModel();
      knownScenario(model, scenario);
      const { serving } = model;
      if (user !== undefined) serving.user(user);
      const signal = requestSignal(reply, settings);
      const placed = at === undefined ? {} : { referenceDays: daysOf(at) };
      return await model.turns.take(async () => {
        const known = serving.userIds();
        const chosen = evenlyChosen(known, limit);
        const ids =
          user === undefined || chosen.includes(user) ? chosen : [user, ...chosen.slice(1)];
        const found = await eachUser(ids, async (id) => {
          const answer = await serving.score({
            user: id,
            scenarios: [scenario],
            ...placed,
            signal,
          });
          metrics.used(answer.usage);
          return { ...answer.scores[0]!, referenceDays: answer.referenceDays };
        });
        const plane = await principalPlane(found.map(({ answer }) => answer.embedding));
        return {
          object: 'map' as const,
          scenario,
          reference_time: found[0]?.answer.referenceDays ?? placed.referenceDays ?? 0,
          known: known.length,
          explained: [...plane.explained],
          data: found.map(({ id, answer }, i) => ({
            object: 'point' as const,
            user: id,
            x: plane.points[2 * i]!,
            y: plane.points[2 * i + 1]!,
            probability: answer.probe.probability,
          })),
        };
      }, signal);
    },
  );
}

import type { App, AppContext } from '../app/context.js';
import { requestSignal } from '../app/request-signal.js';
import { answerSchemas, errorAnswers } from '../schemas/answers.js';
import { requestSchemas } from '../schemas/requests.js';
import { eachUser, evenlyChosen } from './asked-users.js';
import { seenUser } from './seen-user.js';

/** Of vectors of length 1. */
const cosine = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** `POST /v1/nearest`: users whose embeddings for a question are most like a user's. */
export function nearestRoute(app: App, { settings, lifecycle, metrics }: AppContext): void {
  const { nearest: body } = requestSchemas(settings);
  app.post(
    '/v1/nearest',
    {
      schema: {
        tags: ['insight'],
        summary: 'Users most like a user where a question is asked, by the cosine of embeddings',
        body,
        response: {
          200: answerSchemas.nearest,
          ...errorAnswers(400, 401, 404, 413, 415, 422, 429, 503, 504),
        },
      },
    },
    async ({ body: { user, input, limit, among, ...asked } }, reply) => {
      const model = lifecycle.loadedModel();
      const { referenceDays } = seenUser(model, { user, ...asked });
      const signal = requestSignal(reply, settings);
      const { serving } = model;
      const embedding = async (id: string): Promise<Float32Array> => {
        const request = { user: id, queries: [input], referenceDays, signal };
        const { embeddings, usage } = await serving.embed(request);
        metrics.used(usage);
        return embeddings;
      };
      return await model.turns.take(async () => {
        const own = await embedding(user);
        const others = serving.userIds().filter((id) => id !== user);
        const found = await eachUser(evenlyChosen(others, among), embedding);
        return {
          object: 'list' as const,
          user,
          reference_time: referenceDays,
          known: others.length,
          compared: found.length,
          data: found
            .map(({ id, answer }) => ({
              object: 'neighbour' as const,
              user: id,
              cosine: cosine(own, answer),
            }))
            .toSorted((a, b) => b.cosine - a.cosine)
            .slice(0, limit),
        };
      }, signal);
    },
  );
}

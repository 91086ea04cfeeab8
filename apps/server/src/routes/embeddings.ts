import { ApiError } from '../app/api-error.js';
import { callerSignal } from '../app/caller-signal.js';
import type { App, AppContext } from '../app/context.js';
import { answerSchemas, errorAnswers } from '../schemas/answers.js';
import { daysOf, requestSchemas } from '../schemas/requests.js';
import { encodedEmbedding } from './encoded-embedding.js';
import { modelNamed } from './named-model.js';
import { usageOf } from './usage.js';

/** `POST /v1/embeddings`, OpenAI's call: embeddings of a user for questions. */
export function embeddingsRoute(app: App, { settings, lifecycle, metrics }: AppContext): void {
  const { embeddings: body } = requestSchemas(settings);
  app.post(
    '/v1/embeddings',
    {
      schema: {
        tags: ['answers'],
        summary: 'Embeddings of a user for questions',
        body,
        response: {
          200: answerSchemas.embeddings,
          ...errorAnswers(400, 401, 404, 413, 415, 422, 429, 503, 504),
        },
      },
    },
    async ({ body: asked }, reply) => {
      const model = lifecycle.loadedModel();
      const { serving } = model;
      const { scenario } = modelNamed(asked.model, { name: settings.name, model });
      const { dimensions = serving.dimensions } = asked;
      if (dimensions > serving.dimensions) {
        throw new ApiError({
          status: 400,
          code: 'invalid_value',
          message: `dimensions: expected at most ${serving.dimensions}, found ${dimensions}`,
          param: 'dimensions',
        });
      }
      const queries = typeof asked.input === 'string' ? [asked.input] : asked.input;
      const { embeddings, usage } = await serving.embed({
        user: asked.user,
        queries,
        signal: callerSignal(reply),
        timeoutMs: settings.timeoutMs,
        ...(scenario !== undefined && { scenario }),
        ...(asked.reference_time !== undefined && { referenceDays: daysOf(asked.reference_time) }),
      });
      metrics.used(usage);
      const row = (i: number): Float32Array =>
        embeddings.subarray(i * serving.dimensions, (i + 1) * serving.dimensions);
      return {
        object: 'list' as const,
        model: asked.model,
        data: queries.map((_, index) => ({
          object: 'embedding' as const,
          index,
          embedding: encodedEmbedding(row(index), { dimensions, encoding: asked.encoding_format }),
        })),
        usage: usageOf(usage),
      };
    },
  );
}

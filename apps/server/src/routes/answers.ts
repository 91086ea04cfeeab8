import { ApiError } from '../app/api-error.js';
import type { App, AppContext } from '../app/context.js';
import { requestSignal } from '../app/request-signal.js';
import { answerSchemas, errorAnswers } from '../schemas/answers.js';
import { requestSchemas } from '../schemas/requests.js';
import { seenUser } from './seen-user.js';

/** `POST /v1/answers`: an answer in words, where the model learnt to give one. */
export function answersRoute(app: App, { settings, lifecycle }: AppContext): void {
  const { answers: body } = requestSchemas(settings);
  app.post(
    '/v1/answers',
    {
      schema: {
        tags: ['insight'],
        summary: 'The answer to a question about a user in words, of models that learnt to answer',
        body,
        response: {
          200: answerSchemas.answer,
          ...errorAnswers(400, 401, 404, 413, 415, 422, 429, 503, 504),
        },
      },
    },
    async ({ body: { user, input, max_tokens: maxTokens, ...asked } }, reply) => {
      const model = lifecycle.loadedModel();
      if (!model.insight.canAnswer) {
        const message =
          'the model was trained without a next-token loss: it has not learnt to answer';
        throw new ApiError({ status: 422, code: 'no_answers', message });
      }
      const profile = seenUser(model, { user, ...asked });
      const signal = requestSignal(reply, settings);
      const { text, tokenIds, stopReason, meanLogProbability } = await model.turns.take(
        () => model.insight.answer(profile, input, { maxTokens, signal }),
        signal,
      );
      return {
        object: 'answer' as const,
        user,
        reference_time: profile.referenceDays,
        text,
        tokens: tokenIds.length,
        stop_reason: stopReason,
        mean_log_probability: meanLogProbability,
      };
    },
  );
}

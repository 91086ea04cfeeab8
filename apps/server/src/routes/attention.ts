import {
  attentionShares,
  meanShares,
  topEvents,
  type AttentionShares,
  type QueryAttention,
} from '@q-anchor/dual-tower';

import { ApiError } from '../app/api-error.js';
import type { App, AppContext } from '../app/context.js';
import { requestSignal } from '../app/request-signal.js';
import { answerSchemas, errorAnswers } from '../schemas/answers.js';
import { requestSchemas } from '../schemas/requests.js';
import { knownScenario } from './known-scenario.js';
import { seenUser } from './seen-user.js';

/** `POST /v1/attention`: where the model looks in a user, for a question or a scenario. */
export function attentionRoute(app: App, { settings, lifecycle }: AppContext): void {
  const { attention: body } = requestSchemas(settings);
  app.post(
    '/v1/attention',
    {
      schema: {
        tags: ['insight'],
        summary: 'Where the model looks in a user: shares by modality, and the events seen most',
        body,
        response: {
          200: answerSchemas.attention,
          ...errorAnswers(400, 401, 404, 413, 415, 422, 429, 503, 504),
        },
      },
    },
    async ({ body: { user, input, scenario, top, ...asked } }, reply) => {
      const model = lifecycle.loadedModel();
      if ((input === undefined) === (scenario === undefined)) {
        const message = `expected either input or scenario, found ${input === undefined ? 'none' : 'both'}`;
        throw new ApiError({ status: 400, code: 'invalid_value', message });
      }
      const profile = seenUser(model, { user, ...asked });
      const artefact = scenario === undefined ? undefined : knownScenario(model, scenario);
      const queries = artefact?.queries ?? [input!];
      const found = await model.turns.take(
        () => model.insight.attention(profile, artefact ?? queries.map((query) => ({ query }))),
        requestSignal(reply, settings),
      );
      return {
        object: 'attention' as const,
        user,
        reference_time: profile.referenceDays,
        queries: [...queries],
        ...sharesOf(found),
        top_events: topEvents(profile, { before: found, count: top }).map(
          ({ modality, text, daysBefore, share }) => ({
            modality,
            text,
            days_before: daysBefore,
            share,
          }),
        ),
      };
    },
  );
}

/** Means over questions and layers, and what they would be if every token got as much. */
function sharesOf(found: readonly QueryAttention[]): {
  readonly shares: AttentionShares;
  readonly even: AttentionShares;
} {
  const tokens = found.flatMap((one) => one.tokens);
  const modalities = [
    ...new Set(tokens.flatMap((token) => ('modality' in token ? [token.modality] : []))),
  ];
  const mean = (weightsOf: (one: QueryAttention) => readonly ArrayLike<number>[]) =>
    meanShares(
      found.flatMap((one) =>
        weightsOf(one).map((weights) =>
          attentionShares(weights, { tokens: one.tokens, modalities }),
        ),
      ),
    );
  return {
    shares: mean(({ fromUserEmbedding }) => fromUserEmbedding),
    even: mean((one) => [one.tokens.map(() => 1 / one.tokens.length)]),
  };
}

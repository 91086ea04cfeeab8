import type { App, AppContext } from '../app/context.js';
import { answerSchemas, errorAnswers } from '../schemas/answers.js';
import { requestSchemas } from '../schemas/requests.js';

const defaultLimit = 100;

/** `GET /v1/users`: ids of the users known. */
export function userListRoute(app: App, { settings, lifecycle }: AppContext): void {
  app.get(
    '/v1/users',
    {
      schema: {
        tags: ['users'],
        summary: 'Ids of users, in their order',
        querystring: requestSchemas(settings).usersQuery,
        response: { 200: answerSchemas.users, ...errorAnswers(400, 401, 429, 503) },
      },
    },
    async ({ query: { prefix = '', limit = defaultLimit } }) => {
      const { serving } = lifecycle.loadedModel();
      const found = serving.userIds().filter((id) => id.startsWith(prefix));
      return {
        object: 'list' as const,
        total: found.length,
        data: found
          .toSorted()
          .slice(0, Number(limit))
          .map((id) => ({ id, object: 'user' as const })),
      };
    },
  );
}

import { NotDurableError, type ServedEvents } from '@q-anchor/kv-serving';
import type { z } from 'zod';

import type { App, AppContext } from '../app/context.js';
import { answerSchemas, errorAnswers } from '../schemas/answers.js';
import { daysOf, requestSchemas } from '../schemas/requests.js';

type GivenEvents = z.output<ReturnType<typeof requestSchemas>['events']>['events'];

const eventsOf = (given: GivenEvents): ServedEvents =>
  Object.fromEntries(
    Object.entries(given).map(([modality, events]) => [
      modality,
      events.map(({ id, time, text, value }) => ({
        timeDays: daysOf(time),
        text,
        ...(id !== undefined && { id }),
        ...(value !== undefined && { value }),
      })),
    ]),
  );

/** `/v1/users/{id}`: users put, asked for, deleted; events that come to them. */
export function userRoutes(app: App, { settings, lifecycle }: AppContext): void {
  const schemas = requestSchemas(settings);
  const tags = ['users'];
  const { userParams: params } = schemas;
  /** A change, and what becomes of the server where it can't be kept. */
  const changed = async <T>(change: Promise<T>): Promise<T> => {
    try {
      return await change;
    } catch (error) {
      if (NotDurableError.isInstance(error)) lifecycle.fail();
      throw error;
    }
  };
  app.put(
    '/v1/users/:id',
    {
      schema: {
        tags,
        summary: 'Puts a user: replaces all that is known of one',
        params,
        body: schemas.user,
        response: {
          200: answerSchemas.changed,
          ...errorAnswers(400, 401, 413, 415, 422, 429, 503),
        },
      },
    },
    async ({ params: { id }, body: { events, tabular } }) => {
      const { users } = lifecycle.loadedModel();
      const profile = { userId: id, events: eventsOf(events), tabular };
      const counts = await changed(users.putUser(profile));
      return { object: 'user.events' as const, user: id, ...counts };
    },
  );
  app.post(
    '/v1/users/:id/events',
    {
      schema: {
        tags,
        summary: 'Takes events in: late, out of order, or again',
        params,
        body: schemas.events,
        response: {
          200: answerSchemas.changed,
          ...errorAnswers(400, 401, 404, 413, 415, 422, 429, 503),
        },
      },
    },
    async ({ params: { id }, body: { events } }) => {
      const { users } = lifecycle.loadedModel();
      const counts = await changed(users.appendEvents(id, eventsOf(events)));
      return { object: 'user.events' as const, user: id, ...counts };
    },
  );
  app.get(
    '/v1/users/:id',
    {
      schema: {
        tags,
        summary: 'A user as a reference time sees it',
        params,
        querystring: schemas.userQuery,
        response: { 200: answerSchemas.user, ...errorAnswers(400, 401, 404, 422, 429, 503) },
      },
    },
    async ({ params: { id }, query: { reference_time: at } }) => {
      const { serving } = lifecycle.loadedModel();
      const options = at === undefined ? {} : { referenceDays: daysOf(at) };
      const { referenceDays, events, tabular } = serving.user(id, options);
      const lists = Object.entries(events).map(([modality, list]) => [
        modality,
        list.map(({ timeDays: time, ...rest }) => ({ time, ...rest })),
      ]);
      return {
        object: 'user' as const,
        id,
        reference_time: referenceDays,
        events: Object.fromEntries(lists),
        tabular,
      };
    },
  );
  app.delete(
    '/v1/users/:id',
    {
      schema: {
        tags,
        summary: 'Forgets a user, keys and values too',
        params,
        response: { 200: answerSchemas.deleted, ...errorAnswers(400, 401, 404, 429, 503) },
      },
    },
    async ({ params: { id } }) => {
      const { users, serving } = lifecycle.loadedModel();
      if (!(await changed(users.deleteUser(id)))) serving.user(id);
      return { object: 'user.deleted' as const, id, deleted: true as const };
    },
  );
}

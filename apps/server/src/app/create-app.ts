import { randomUUID } from 'node:crypto';

import swagger from '@fastify/swagger';
import fastify, { LogController, type FastifyReply } from 'fastify';
import {
  createJsonSchemaTransform,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { pino, type DestinationStream } from 'pino';

import { guardRoutes } from '../auth/guard-routes.js';
import { answersRoute } from '../routes/answers.js';
import { attentionRoute } from '../routes/attention.js';
import { consoleRoutes } from '../routes/console.js';
import { docsRoutes } from '../routes/docs.js';
import { embeddingsRoute } from '../routes/embeddings.js';
import { mapRoute } from '../routes/map.js';
import { modelsRoute } from '../routes/models.js';
import { nearestRoute } from '../routes/nearest.js';
import { scenarioRoutes } from '../routes/scenarios.js';
import { scoresRoute } from '../routes/scores.js';
import { statusRoutes } from '../routes/status.js';
import { userListRoute } from '../routes/user-list.js';
import { userRoutes } from '../routes/users.js';
import { apiErrorBody } from './api-error.js';
import { answerClientErrors } from './client-errors.js';
import type { App, AppContext } from './context.js';
import { loggedError } from './logged-error.js';
import { problemOf } from './problem-of.js';

/** Problems that somebody has to look into. */
const isOurs: ReadonlySet<string> = new Set(['internal_error', 'not_durable']);
const givenId = /^[\w.-]{1,64}$/;
const maxHeaderBytes = 16 * 1024;
/** How often connections are looked at whose request doesn't come to its end. */
const checkIntervalMs = 500;

/**
 * The server without a port: routes, limits, errors, logs.
 *
 * @param context - settings, model, metrics, keys
 * @param logs - gets a JSON line an event
 */
export async function createApp(context: AppContext, logs: DestinationStream): Promise<App> {
  const { settings, metrics, version, keys } = context;
  const { maxBodyKib, headersTimeoutMs, timeoutMs } = settings;
  const app = fastify({
    loggerInstance: pino({ level: settings.logLevel, base: null }, logs),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request' }),
    genReqId({ headers: { 'x-request-id': given } }) {
      return typeof given === 'string' && givenId.test(given) ? given : randomUUID();
    },
    bodyLimit: maxBodyKib * 1024,
    routerOptions: { maxParamLength: 2048 },
    requestTimeout: headersTimeoutMs,
    // Beyond what a request may take, silence is nobody there.
    connectionTimeout: timeoutMs + headersTimeoutMs,
    return503OnClosing: false,
    http: {
      headersTimeout: headersTimeoutMs,
      connectionsCheckingInterval: checkIntervalMs,
      maxHeaderSize: maxHeaderBytes,
    },
    clientErrorHandler: answerClientErrors,
    frameworkErrors: (error, _request, reply) => {
      const problem = problemOf(error);
      void (reply as FastifyReply).status(problem.status).send(apiErrorBody(problem));
    },
  }).withTypeProvider<ZodTypeProvider>() as unknown as App;
  app.server.maxConnections = settings.maxConnections;
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  // Types hold answers to their schemas; checking each number again would cost more than the rest.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));

  app.decorateRequest('keyName', undefined);
  app.addHook('onSend', async (request, reply) => {
    void reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
  });
  app.addHook('onResponse', async (request, { statusCode: status, elapsedTime }) => {
    const { method, routeOptions, keyName } = request;
    const route = routeOptions.url ?? 'none';
    metrics.answered({ method, route, status, seconds: elapsedTime / 1000 });
    const ms = Number(elapsedTime.toFixed(2));
    request.log.info({ method, route, status, ms, ...(keyName && { key: keyName }) }, 'answered');
  });
  app.setErrorHandler(async (error, request, reply) => {
    const problem = problemOf(error);
    if (isOurs.has(problem.code)) request.log.error({ error: loggedError(error) }, problem.code);
    if (problem.retryAfterSeconds !== undefined) {
      void reply.header('retry-after', problem.retryAfterSeconds);
    }
    return reply.status(problem.status).send(apiErrorBody(problem));
  });
  app.setNotFoundHandler(async (_request, reply) => {
    const message = 'there is no such route; /openapi.json lists those there are';
    return reply.status(404).send(apiErrorBody({ status: 404, code: 'unknown_route', message }));
  });

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Q-Anchor',
        description: 'Embeddings and scores of users, for a question, from cached prefixes.',
        version,
      },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      ...(keys.size > 0 && { security: [{ key: [] }] }),
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig: { target: 'draft-2020-12' } }),
  });
  guardRoutes(app, context);
  await docsRoutes(app);
  await consoleRoutes(app, context);
  statusRoutes(app, context);
  modelsRoute(app, context);
  userRoutes(app, context);
  embeddingsRoute(app, context);
  scoresRoute(app, context);
  scenarioRoutes(app, context);
  userListRoute(app, context);
  attentionRoute(app, context);
  nearestRoute(app, context);
  mapRoute(app, context);
  answersRoute(app, context);
  return app;
}

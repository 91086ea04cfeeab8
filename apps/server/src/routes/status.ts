import { z } from 'zod';

import type { App, AppContext } from '../app/context.js';
import { answerSchemas, errorAnswers } from '../schemas/answers.js';

/** `/health`, `/ready` and `/metrics`, for machines that look after the server. */
export function statusRoutes(app: App, { lifecycle, metrics, settings }: AppContext): void {
  const tags = ['status'];
  app.get(
    '/health',
    {
      config: { isOpen: true },
      schema: {
        tags,
        summary: 'Whether the process lives',
        response: { 200: answerSchemas.status },
      },
    },
    async () => ({ status: 'ok' }),
  );
  app.get(
    '/ready',
    {
      config: { isOpen: true },
      schema: {
        tags,
        summary: 'Whether requests should come: not while loading, draining or failed',
        response: { 200: answerSchemas.status, 503: answerSchemas.status },
      },
    },
    async (_request, reply) => {
      const { status } = lifecycle;
      return reply.status(status === 'ready' ? 200 : 503).send({ status });
    },
  );
  app.get(
    '/metrics',
    {
      config: { isOpen: settings.openMetrics },
      schema: {
        tags,
        summary: 'Metrics for Prometheus',
        response: {
          200: { description: 'Text', content: { 'text/plain': { schema: z.string() } } },
          ...errorAnswers(401, 429),
        },
      },
    },
    async (_request, reply) => {
      const text = await metrics.registry.metrics();
      return reply.type(metrics.registry.contentType).send(text);
    },
  );
}

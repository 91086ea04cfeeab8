import swaggerUi from '@fastify/swagger-ui';

import type { App } from '../app/context.js';

/** `/openapi.json`, and `/docs`, a page about it that asks nothing of other hosts. */
export async function docsRoutes(app: App): Promise<void> {
  app.get(
    '/openapi.json',
    { config: { isOpen: true }, schema: { hide: true } },
    async (_request, reply) => reply.send(app.swagger()),
  );
  await app.register(async (pages) => {
    pages.addHook('onRoute', (route) => {
      route.config = { ...route.config, isOpen: true };
    });
    await pages.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: true,
      uiConfig: { deepLinking: false, tryItOutEnabled: true },
      theme: { title: 'Q-Anchor' },
    });
  });
}

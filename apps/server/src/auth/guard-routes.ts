import { ApiError } from '../app/api-error.js';
import type { App, AppContext } from '../app/context.js';
import { createRateLimiter } from './rate-limiter.js';

const bearer = /^Bearer +(\S+) *$/i;

const noKey = ['missing_key', 'expected a header "Authorization: Bearer KEY", found none'] as const;
const wrongKey = ['invalid_key', 'expected a key of this server, found another'] as const;

/** Who asks where there are no keys. */
const anybody = 'anybody';

/**
 * Asks every request for a key, unless there are none, and lets so many a second of each key through.
 * Routes that say `isOpen` are left alone.
 */
export function guardRoutes(app: App, { keys, settings }: AppContext): void {
  const limiter = createRateLimiter({ perSecond: settings.rate, burst: settings.burst });
  app.addHook('onRequest', async (request, reply) => {
    const { isOpen = false } = request.routeOptions.config;
    if (isOpen || request.is404) return;
    if (keys.size > 0) {
      const given = bearer.exec(request.headers.authorization ?? '')?.[1];
      request.keyName = given === undefined ? undefined : keys.nameOf(given);
      if (request.keyName === undefined) {
        void reply.header('www-authenticate', 'Bearer');
        const [code, message] = given === undefined ? noKey : wrongKey;
        throw new ApiError({ status: 401, code, message });
      }
    }
    const seconds = limiter.waitSeconds(request.keyName ?? anybody);
    if (seconds === 0) return;
    throw new ApiError({
      status: 429,
      code: 'rate_limit_exceeded',
      message: `expected at most ${settings.rate} requests a second of a key, found more`,
      retryAfterSeconds: Math.max(1, Math.ceil(seconds)),
    });
  });
}

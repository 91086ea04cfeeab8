import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';

import type { KeyRing } from '../auth/key-ring.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Lifecycle } from '../model/lifecycle.js';
import type { Settings } from '../settings/settings.js';

/** Fastify with schemas in zod. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What routes are made from. */
export interface AppContext {
  readonly settings: Settings;
  readonly lifecycle: Lifecycle;
  readonly metrics: Metrics;
  readonly keys: KeyRing;
  /** Of the package. */
  readonly version: string;
  /** Where the built console is. Default: beside the built command. */
  readonly consoleFolder?: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route answers without a key and without a limit of rate. */
    isOpen?: boolean;
  }
  interface FastifyRequest {
    /** Name of the key that was given. */
    keyName: string | undefined;
  }
}

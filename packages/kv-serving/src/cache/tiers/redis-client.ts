import { InputError } from '@q-anchor/core';
import type { RedisClientOptions } from '@redis/client';

/** The commands of a Redis server that the tier takes; values are bytes. */
export interface RedisCommands {
  /** Whether the connection stands. */
  readonly isReady: boolean;
  /** A value; null where there is none. */
  get(key: string): Promise<Buffer | null>;
  /** Sets a value and, in a set of its own, notes its key; both end after a time. */
  put(entry: {
    readonly key: string;
    readonly set: string;
    readonly value: Buffer;
    readonly ttlMs: number;
  }): Promise<void>;
  /** Removes a set and all keys that it notes. */
  removeSet(set: string): Promise<void>;
  /** Ends the connection. */
  close(): void;
}

function checkUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed && ['redis:', 'rediss:'].includes(parsed.protocol)) return;
  // Without the text itself, which may hold a password.
  const found = parsed ? `one of ${parsed.protocol}` : 'no URL';
  throw new InputError({ where: 'url of Redis', expected: 'redis://host:port', found });
}

/**
 * Connects to a Redis server, again and again where it is not there; what is asked meanwhile fails at
 * once.
 *
 * @param options - `redis://` or `rediss://` URL; milliseconds that a connection may take
 * @throws {@link InputError} if the URL is none of a Redis server
 */
export async function openRedis(options: {
  readonly url: string;
  readonly connectTimeoutMs: number;
}): Promise<RedisCommands> {
  const { url, connectTimeoutMs } = options;
  checkUrl(url);
  const { createClient, RESP_TYPES } = await import('@redis/client');
  const settings: RedisClientOptions = {
    url,
    disableOfflineQueue: true,
    socket: {
      connectTimeout: connectTimeoutMs,
      reconnectStrategy: (retries) => Math.min(100 * 2 ** retries, 5000),
    },
  };
  const client = createClient(settings);
  // Failures show in the commands; without a listener each would end the process.
  client.on('error', () => undefined);
  void client.connect().catch(() => undefined);
  const binary = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  return {
    get isReady() {
      return client.isReady;
    },
    get: (key) => binary.get(key),
    async put({ key, set, value, ttlMs }) {
      const expiration = { type: 'PX', value: ttlMs } as const;
      // Sent together, answered together.
      await Promise.all([
        client.set(key, value, { expiration }),
        client.sAdd(set, key),
        client.pExpire(set, ttlMs),
      ]);
    },
    async removeSet(set) {
      const keys = await client.sMembers(set);
      await client.unlink([...keys, set]);
    },
    close: () => client.destroy(),
  };
}

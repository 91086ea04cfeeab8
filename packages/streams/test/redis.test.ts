import { afterAll, beforeAll, describe, vi } from 'vitest';

import {
  redisObstacle,
  startRedis,
  type RedisServer,
} from '../../core/test/support/redis-server.js';
import { openRedisStream } from './support/redis-stream.js';
import { streamTests } from './support/stream-tests.js';

vi.setConfig({ testTimeout: 400_000 });

const obstacle = redisObstacle();
if (obstacle !== undefined) {
  process.stderr.write(
    `\n!!! Redis Streams are SKIPPED: ${obstacle} (apt-get install redis-server)\n\n`,
  );
}
describe.skipIf(obstacle !== undefined)('Redis Streams (skipped without redis-server)', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  }, 60_000);
  afterAll(() => server[Symbol.asyncDispose]());
  streamTests(() => openRedisStream(server));
});

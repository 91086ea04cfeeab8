import { afterAll, beforeAll, describe, vi } from 'vitest';

import { startKafka, type KafkaBroker } from './support/kafka-broker.js';
import { kafkaObstacle } from './support/kafka-programs.mjs';
import { openKafkaStream } from './support/kafka-stream.js';
import { streamTests } from './support/stream-tests.js';

vi.setConfig({ testTimeout: 400_000 });

const obstacle = kafkaObstacle();
if (obstacle !== undefined) {
  process.stderr.write(
    `\n!!! Kafka is SKIPPED: ${obstacle} (npm test fetches it where it can)\n\n`,
  );
}
describe.skipIf(obstacle !== undefined)('Kafka (skipped without its jars and Java)', () => {
  let broker: KafkaBroker;
  beforeAll(async () => {
    broker = await startKafka();
  }, 240_000);
  afterAll(() => broker[Symbol.asyncDispose]());
  streamTests(() => openKafkaStream(broker));
});

import { Admin, Consumer, Producer, stringSerializers } from '@platformatic/kafka';
import { consumeKafka } from '@q-anchor/streams';

import type { KafkaBroker } from './kafka-broker.js';
import type { TestConsumer, TestStream } from './transport.js';

let topics = 0;
const partitions = 4;
/** A group of each topic's own. */
const groupOf = (topic: string): string => `tests-of-${topic}`;

/** A topic of four partitions, and the one its dead letters go to. */
export async function openKafkaStream(broker: KafkaBroker): Promise<TestStream> {
  const topic = `events-${topics++}`;
  const connection = { clientId: 'test', bootstrapBrokers: [broker.address] };
  const admin = new Admin(connection);
  await admin.createTopics({ topics: [topic], partitions, replicas: 1 });
  await admin.createTopics({ topics: [`${topic}.dead`], partitions: 1, replicas: 1 });
  const producer = new Producer<string, string, string, string>({
    ...connection,
    // Sent again where a fresh partition has no leader yet; tests count what is there.
    idempotent: true,
    serializers: stringSerializers,
  });
  return {
    address: ['kafka', broker.address, topic],
    async publish(messages) {
      await producer.send({
        messages: messages.map(({ key, body }) => ({
          topic,
          key,
          ...(body !== null && { value: body }),
        })),
      });
    },
    consume: (options) => kafkaConsumer(broker.address, topic, options),
    async buried() {
      const consumer = new Consumer({ ...connection, groupId: `reader-${Math.random()}` });
      const [end] = (await consumer.listOffsets({ topics: [`${topic}.dead`] })).get(
        `${topic}.dead`,
      )!;
      const found = [];
      if (end! > 0n) {
        const stream = await consumer.consume({
          topics: [`${topic}.dead`],
          mode: 'earliest',
          autocommit: false,
          maxWaitTime: 100,
        });
        for await (const { value, headers, offset } of stream) {
          const named = new Map(
            [...headers].map(([key, text]) => [key.toString(), text.toString()]),
          );
          found.push({
            body: value?.toString() ?? '',
            reason: named.get('reason')!,
            place: `${named.get('topic')}/${named.get('partition')}/${named.get('offset')}`,
          });
          if (offset === end! - 1n) break;
        }
      }
      await new Promise<void>((resolve) => consumer.close(true, () => resolve()));
      return found;
    },
    async uncommitted() {
      const consumer = new Consumer({ ...connection, groupId: groupOf(topic) });
      const places = Array.from({ length: partitions }, (_, i) => i);
      const ends = (await consumer.listOffsets({ topics: [topic] })).get(topic)!;
      const committed = await consumer.listCommittedOffsets({
        topics: [{ topic, partitions: places }],
      });
      await new Promise<void>((resolve) => consumer.close(true, () => resolve()));
      const own = committed.get(topic) ?? [];
      return places.reduce((sum, i) => sum + Number(ends[i]! - (own[i]! > 0n ? own[i]! : 0n)), 0);
    },
    disturb: () => broker.restart(),
    async [Symbol.asyncDispose]() {
      await producer.close();
      await admin.close();
    },
  };
}

/** A member of the tests' group. */
export const kafkaConsumer = (
  address: string,
  topic: string,
  { member, ...options }: TestConsumer,
) =>
  consumeKafka({
    ...options,
    brokers: [address],
    topic,
    group: groupOf(topic),
    clientId: member ?? 'member',
    sessionTimeoutMs: 6000,
  });

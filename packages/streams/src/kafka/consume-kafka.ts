import { Consumer, Producer, type Message } from '@platformatic/kafka';
import { InputError } from '@q-anchor/core';

import { consumerLimits } from '../consumer-limits.js';
import { runMemberships } from '../run-memberships.js';
import type { StreamConsumer, StreamConsumerOptions } from '../stream-consumer.js';
import { takeIn, type DeadLetter, type Delivery } from '../take-in.js';

/** What {@link consumeKafka} is given. */
export interface KafkaConsumerOptions extends StreamConsumerOptions {
  /** Addresses of brokers to begin with, `host:port`. */
  readonly brokers: readonly string[];
  /** The topic; each message's value is an event. */
  readonly topic: string;
  /** The consumer group: its members share the topic's partitions. */
  readonly group: string;
  /** Where messages go that hold no event. Default the topic's name and `.dead`; it must be there. */
  readonly deadLetterTopic?: string;
  /** How this client names itself. Default `q-anchor`. */
  readonly clientId?: string;
  /** Milliseconds after which a member that says nothing is out of the group. Default 30,000. */
  readonly sessionTimeoutMs?: number;
  /** TLS, as `tls.connect` takes it. Default none. */
  readonly tls?: ConstructorParameters<typeof Consumer>[0]['tls'];
  /** How to log in. Default not at all. */
  readonly sasl?: ConstructorParameters<typeof Consumer>[0]['sasl'];
}

type KafkaMessage = Message;
type KafkaDelivery = Delivery & { readonly message: KafkaMessage };

/** Bytes that a fetch brings at most: beside `maxInFlight`, what is read and not yet stored. */
const fetchBytes = 2 ** 20;
/** Milliseconds that a fetch waits for messages. */
const fetchWaitMs = 500;

/**
 * Consumes events of a Kafka topic as a member of a group, from where the group stands, at first from the
 * topic's beginning. A partition's messages are stored in their order; the offset is committed after the
 * store, so that each comes at least once. Brokers that go away are joined again.
 *
 * @param options - brokers, topic, group, store
 * @throws {@link InputError} if a limit is not positive, no broker is named, or a name has spaces
 * @example
 * ```ts
 * await using events = consumeKafka({
 *   brokers: ['localhost:9092'],
 *   topic: 'events',
 *   group: 'q-anchor',
 *   store: userEventStore(durableUsers),
 * });
 * ```
 */
export function consumeKafka(options: KafkaConsumerOptions): StreamConsumer {
  const { topic, group, store, onProblem = () => undefined, clientId = 'q-anchor' } = options;
  const { deadLetterTopic = `${topic}.dead`, sessionTimeoutMs = 30_000 } = options;
  const { maxInFlight, maxBatch } = consumerLimits(options);
  if (options.brokers.length === 0) {
    throw new InputError({ where: 'brokers', expected: 'at least one', found: 'none' });
  }
  for (const [where, name] of Object.entries({ topic, group, deadLetterTopic, clientId })) {
    if (/^\S+$/u.test(name)) continue;
    throw new InputError({ where, expected: 'a name without spaces', found: `"${name}"` });
  }
  const connection = {
    clientId,
    bootstrapBrokers: [...options.brokers],
    ...(options.tls && { tls: options.tls }),
    ...(options.sasl && { sasl: options.sasl }),
  };
  const stop = new AbortController();
  const { signal } = stop;
  const counts = { received: 0, stored: 0, rejected: 0, retries: 0 };
  const producer = new Producer<Buffer, Buffer, string, string>({
    ...connection,
    serializers: {
      key: (key) => key,
      value: (value) => value,
      headerKey: (key) => Buffer.from(key ?? ''),
      headerValue: (value) => Buffer.from(value ?? ''),
    },
  });
  const bury = (letters: readonly DeadLetter<KafkaDelivery>[]): Promise<unknown> =>
    producer.send({
      acks: -1,
      messages: letters.map(({ delivery: { message }, reason }) => ({
        topic: deadLetterTopic,
        key: message.key,
        value: message.value,
        headers: {
          reason,
          topic: message.topic,
          partition: `${message.partition}`,
          offset: `${message.offset}`,
        },
      })),
    });

  /** Stores a batch, then commits each partition's last offset of it. */
  const take = async (messages: readonly KafkaMessage[]): Promise<void> => {
    const deliveries = messages.map((message) => ({
      message,
      body: message.value,
      place: `${message.topic}/${message.partition}/${message.offset}`,
    }));
    await takeIn(deliveries, { store, bury, counts, onProblem, signal });
    const last = new Map(messages.map((message) => [message.partition, message]));
    for (const message of last.values()) {
      try {
        await message.commit();
      } catch (error) {
        // As when the partition has moved to another member: then it comes again there.
        onProblem({ kind: 'commit', place: `${topic}/${message.partition}`, error });
      }
    }
  };
  /** A membership of the group, until it breaks or `signal` is aborted. */
  const member = async (onJoined: () => void): Promise<void> => {
    const consumer = new Consumer({
      ...connection,
      groupId: group,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.ceil(sessionTimeoutMs / 10),
      rebalanceTimeout: 2 * sessionTimeoutMs,
    });
    try {
      const stream = await consumer.consume({
        topics: [topic],
        mode: 'committed',
        fallbackMode: 'earliest',
        autocommit: false,
        highWaterMark: maxInFlight,
        maxBytes: fetchBytes,
        maxWaitTime: fetchWaitMs,
      });
      // Told to end while it joined: no message may come that would wake it.
      if (signal.aborted) return;
      onJoined();
      const close = (): void => void stream.close();
      signal.addEventListener('abort', close, { once: true });
      try {
        const messages = stream[Symbol.asyncIterator]();
        for (;;) {
          const first = await messages.next();
          if (first.done === true || signal.aborted) return;
          const batch = [first.value];
          // What is there already; waiting for more would hold these up.
          while (batch.length < maxBatch && stream.readableLength > 0) {
            const next = await messages.next();
            if (next.done === true) break;
            batch.push(next.value);
          }
          await take(batch);
        }
      } finally {
        signal.removeEventListener('abort', close);
      }
    } finally {
      // What can't be told to the brokers any more they find out by time.
      await new Promise<void>((resolve) => consumer.close(true, () => resolve()));
    }
  };
  const running = runMemberships(member, { place: topic, counts, onProblem, signal });
  return {
    get counts() {
      return { ...counts };
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await producer.close();
    },
  };
}

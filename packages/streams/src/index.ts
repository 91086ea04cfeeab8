export { consumeKafka, type KafkaConsumerOptions } from './kafka/consume-kafka.js';
export { parsedEvent, PoisonError } from './parsed-event.js';
export { consumeRedis, type RedisConsumerOptions } from './redis/consume-redis.js';
export type {
  EventStore,
  StreamConsumer,
  StreamConsumerOptions,
  StreamCounts,
  StreamProblem,
} from './stream-consumer.js';
export type { StreamEvent } from './stream-event.js';
export {
  userEventStore,
  type EventOfUser,
  type EventsByModality,
  type EventUsers,
} from './user-events.js';

// A process that consumes and keeps events in a file: `journal-consumer.ts FILE MEMBER KIND ADDRESS STREAM
// [BATCHES]`. It kills itself after so many batches, once they are stored and before they are committed.
import { appendFileSync, writeFileSync } from 'node:fs';

import type { EventStore } from '@q-anchor/streams';

import { kafkaConsumer } from './kafka-stream.js';
import { redisConsumer } from './redis-stream.js';

const [file, member, kind, address, stream, batches = 'Infinity'] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string?,
];
let left = Number(batches);
const store: EventStore = async (events) => {
  appendFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
};
const consume = kind === 'kafka' ? kafkaConsumer : redisConsumer;
const consumer = consume(address, stream, { store, member, maxBatch: 20 });
process.once('SIGTERM', () => void consumer[Symbol.asyncDispose]());
writeFileSync(`${file}.ready`, '');

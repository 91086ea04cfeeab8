import { createClient } from '@redis/client';
import { consumeRedis } from '@q-anchor/streams';

import type { TestConsumer, TestStream } from './transport.js';

let streams = 0;
const group = 'tests';

/** A stream, and the one its dead letters go to. */
export async function openRedisStream({ url }: { readonly url: string }): Promise<TestStream> {
  const stream = `events-${streams++}`;
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  return {
    address: ['redis', url, stream],
    async publish(messages) {
      await Promise.all(
        messages.map(({ body }) =>
          client.xAdd(stream, '*', body === null ? { other: 'x' } : { event: body }),
        ),
      );
    },
    consume: (options) => redisConsumer(url, stream, options),
    async buried() {
      const entries = (await client.xRange(`${stream}.dead`, '-', '+')) ?? [];
      return entries.map(({ message }) => ({
        body: message['event']!,
        reason: message['reason']!,
        place: `${message['stream']}/${message['id']}`,
      }));
    },
    async uncommitted() {
      const groups = await client.xInfoGroups(stream).catch(() => []);
      const own = groups[0];
      return own ? own.pending + (own.lag ?? 0) : await client.xLen(stream);
    },
    disturb: async () => {
      await client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
    },
    async [Symbol.asyncDispose]() {
      await client.close();
    },
  };
}

/** A member of the tests' group. */
export const redisConsumer = (
  url: string,
  stream: string,
  { member = 'member', ...options }: TestConsumer,
) => consumeRedis({ ...options, url, stream, group, member, takeOverMs: 500 });

import { createClient, RESP_TYPES } from '@redis/client';
import { InputError } from '@q-anchor/core';

import { consumerLimits } from '../consumer-limits.js';
import { runMemberships } from '../run-memberships.js';
import type { StreamConsumer, StreamConsumerOptions } from '../stream-consumer.js';
import { takeIn, type DeadLetter, type Delivery } from '../take-in.js';

/** What {@link consumeRedis} is given. */
export interface RedisConsumerOptions extends Omit<StreamConsumerOptions, 'maxInFlight'> {
  /** `redis://[[user]:password@]host:port[/number]`, or `rediss://` with TLS. */
  readonly url: string;
  /** The stream; each entry has an event in its field `event`. */
  readonly stream: string;
  /** The consumer group: its members share the stream's entries. */
  readonly group: string;
  /** This member's name, its own and the same after a restart: entries that it had are its own then. */
  readonly member: string;
  /** Where entries go that hold no event. Default the stream's name and `.dead`. */
  readonly deadLetterStream?: string;
  /** Milliseconds after which entries of a member that is gone are taken over. Default 60,000. */
  readonly takeOverMs?: number;
}

type RedisDelivery = Delivery & { readonly id: string };
/** As the type mapping below makes them. */
type Entry = { readonly id: Buffer; readonly message: Readonly<Record<string, Buffer>> } | null;

/** Milliseconds that a read waits for entries. */
const readWaitMs = 500;

/** Milliseconds between attempts to join a server again, at most. */
const longestWaitMs = 2000;

/** Names of fields as text, their values as bytes. */
const typeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer } as const;

/**
 * Consumes events of a Redis stream as a member of a group, which begins with the stream's first entry.
 * What is read is stored, then acknowledged, so that each entry comes at least once: entries that this
 * member had not acknowledged when it ended come first, those of members that are gone after `takeOverMs`.
 * At most `maxBatch` entries are read and not yet stored. A server that goes away is joined again.
 *
 * @param options - server, stream, group, store
 * @throws {@link InputError} if a limit is not positive, or the URL is none
 * @example
 * ```ts
 * await using events = consumeRedis({
 *   url: 'redis://localhost:6379',
 *   stream: 'events',
 *   group: 'q-anchor',
 *   member: hostname(),
 *   store: userEventStore(durableUsers),
 * });
 * ```
 */
export function consumeRedis(options: RedisConsumerOptions): StreamConsumer {
  const { url, stream, group, member, store, onProblem = () => undefined } = options;
  const { deadLetterStream = `${stream}.dead`, takeOverMs = 60_000 } = options;
  const { maxBatch } = consumerLimits(options);
  if (!/^rediss?:\/\//u.test(url)) {
    throw new InputError({ where: 'url', expected: 'redis:// or rediss://', found: 'another' });
  }
  const stop = new AbortController();
  const { signal } = stop;
  const counts = { received: 0, stored: 0, rejected: 0, retries: 0 };
  const connect = () =>
    createClient({
      url,
      socket: {
        reconnectStrategy: (attempts) =>
          signal.aborted
            ? new Error('The consumer ends')
            : Math.min(longestWaitMs, 50 * 2 ** attempts),
      },
    }).withTypeMapping(typeMapping);
  type Client = ReturnType<typeof connect>;

  const take = async (client: Client, entries: readonly Entry[]): Promise<void> => {
    const deliveries = entries.flatMap((entry): RedisDelivery[] => {
      if (!entry) return [];
      const id = entry.id.toString();
      return [{ id, place: `${stream}/${id}`, body: entry.message['event'] }];
    });
    if (deliveries.length === 0) return;
    const bury = async (letters: readonly DeadLetter<RedisDelivery>[]): Promise<void> => {
      for (const { delivery, reason } of letters) {
        const event = Buffer.from(delivery.body ?? '');
        await client.xAdd(deadLetterStream, '*', { event, reason, stream, id: delivery.id });
      }
    };
    await takeIn(deliveries, { store, bury, counts, onProblem, signal });
    await client.xAck(
      stream,
      group,
      deliveries.map(({ id }) => id),
    );
  };
  const readNew = async (client: Client): Promise<readonly Entry[]> => {
    const found = await client.xReadGroup(
      group,
      member,
      { key: stream, id: '>' },
      { COUNT: maxBatch, BLOCK: readWaitMs },
    );
    const streams = found as unknown as readonly { readonly messages: readonly Entry[] }[] | null;
    return streams?.[0]?.messages ?? [];
  };
  /** What this member was given before and has not acknowledged. */
  const takeOwn = async (client: Client): Promise<void> => {
    while (!signal.aborted) {
      const pending = await client.xPendingRange(stream, group, '-', '+', maxBatch, {
        consumer: member,
      });
      if (pending.length === 0) return;
      const ids = pending.map(({ id }) => id.toString());
      const entries = (await client.xClaim(stream, group, member, 0, ids)) as unknown as Entry[];
      await take(client, entries);
      // Entries that were deleted meanwhile are not claimed, and would stay for ever.
      const there = new Set(entries.map((entry) => entry?.id.toString()));
      const gone = ids.filter((id) => !there.has(id));
      if (gone.length > 0) await client.xAck(stream, group, gone);
    }
  };
  const takeOver = async (client: Client): Promise<void> => {
    for (let start = '0-0'; !signal.aborted;) {
      const found = await client.xAutoClaim(stream, group, member, takeOverMs, start, {
        COUNT: maxBatch,
      });
      await take(client, found.messages);
      start = found.nextId.toString();
      if (start === '0-0') return;
    }
  };
  const session = async (onJoined: () => void): Promise<void> => {
    const client = connect();
    // It joins again by itself, and sends again what it was asked.
    client.on('error', (error: unknown) => {
      counts.retries += 1;
      onProblem({ kind: 'connection', place: stream, error });
    });
    await client.connect();
    try {
      await client.xGroupCreate(stream, group, '0', { MKSTREAM: true }).catch((error: unknown) => {
        if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error;
      });
      onJoined();
      await takeOwn(client);
      let claimedAt = -Infinity;
      while (!signal.aborted) {
        if (performance.now() - claimedAt >= takeOverMs / 2) {
          await takeOver(client);
          claimedAt = performance.now();
        }
        await take(client, await readNew(client));
      }
    } finally {
      client.destroy();
    }
  };
  const running = runMemberships(session, { place: stream, counts, onProblem, signal });
  return {
    get counts() {
      return { ...counts };
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

import { join } from 'node:path';

import { refreshKey, type Staleness } from '@q-anchor/kv-serving';
import { embeddingSize, type OpenedModel } from '@q-anchor/dual-tower';
import {
  openEmbeddingWriter,
  readVectorStates,
  writeVectorStates,
  type UserHistory,
  type UserRange,
  type VectorState,
} from '@q-anchor/useru';

import type { EmbeddingQuery } from '../embed/embedding-queries.js';
import { embeddingRows } from '../embed/embedding-rows.js';
import type { AskedEmbedder } from '../scenarios/asked-embedder.js';
import { noCounts, type RefreshCounts } from './refresh-counts.js';
import { changedUsers, effectiveReferences, type ChangedUser } from './user-changes.js';

/** Users read at a time: enough to put those of like length together. */
const batchUsers = 512;

/** What every shard of a refresh shares. */
export interface RefreshWork {
  readonly history: UserHistory;
  readonly model: Pick<OpenedModel, 'config'>;
  readonly asked: readonly EmbeddingQuery[];
  /** Digest of model and queries. */
  readonly reader: string;
  readonly nowDays: number;
  readonly staleness: Staleness;
  /** The folder of vectors to go on from; none: all are made. */
  readonly former: string | undefined;
  /** The folder to write to. */
  readonly next: string;
  /** Compiles the model, once for all shards. */
  readonly embedder: () => Promise<AskedEmbedder>;
  readonly signal: AbortSignal;
  /** Told how many users more are done. */
  readonly onUsers: (users: number) => void;
}

/** Files of a shard. */
const fileOf = (kind: 'part' | 'state', shard: number): string =>
  `${kind}-${`${shard}`.padStart(5, '0')}.parquet`;

/** Refreshes the users of a range: writes their vectors, those of unchanged users as they were. */
export async function refreshShard(
  work: RefreshWork,
  { shard, range }: { readonly shard: number; readonly range: UserRange },
): Promise<RefreshCounts> {
  const { history, model, asked, former, next, signal } = work;
  const clock = createPhaseClock();
  const { stepDays } = work.staleness;
  const before = Math.ceil(work.nowDays / stepDays) * stepDays;
  const references = effectiveReferences(await history.lastEvents(before, range), {
    ...work.staleness,
    nowDays: work.nowDays,
  });
  const contents = await history.contents(references);
  const users = references.map((user, i) => ({ ...user, content: contents[i]! }));
  const known: ReadonlyMap<string, VectorState> = former
    ? await readVectorStates(join(former, 'state-*.parquet'), range)
    : new Map();
  const changed = changedUsers(users, {
    former: known,
    readsAges: model.config.users.timeFeatures,
  });
  signal.throwIfAborted();
  const scanSeconds = clock.lap();

  const keys = new Map([...known].map(([userId, { key }]) => [userId, key]));
  const embedded: ChangedUser[] = [];
  await using writer = await openEmbeddingWriter(join(next, fileOf('part', shard)), {
    dimensions: embeddingSize(model.config),
  });
  let place = 0;
  const candidates = changed.map(({ user }) => user);
  const batches = history.profiles(candidates, { batchSize: batchUsers, signal });
  for await (const profiles of candidates.length > 0 ? batches : []) {
    const own = changed.slice(place, (place += profiles.length));
    const isOther = profiles.map((profile) => {
      const key = refreshKey(work.reader, profile, model.config.users);
      const is = key !== keys.get(profile.userId);
      keys.set(profile.userId, key);
      return is;
    });
    const others = profiles.filter((_, i) => isOther[i]);
    if (others.length > 0) {
      const embedder = await work.embedder();
      const vectors = await embedder.embed(others);
      const { dimensions } = embedder;
      await writer.append(embeddingRows(others, { asked, vectors, dimensions }));
      embedded.push(...own.filter((_, i) => isOther[i]));
    }
    work.onUsers(profiles.length);
  }
  signal.throwIfAborted();
  const embedSeconds = clock.lap();

  const made = new Set(embedded.map(({ user }) => user.userId));
  const kept = references.filter(({ userId }) => !made.has(userId));
  if (former) await writer.copy(join(former, 'part-*.parquet'), kept);
  await writer.finish();
  await writeVectorStates(
    join(next, fileOf('state', shard)),
    users.map((user) => ({ ...user, key: keys.get(user.userId)! })),
  );
  work.onUsers(users.length - changed.length);
  const there = new Set(users.map(({ userId }) => userId));
  const count = (reason: ChangedUser['reason']): number =>
    embedded.filter((one) => one.reason === reason).length;
  return {
    ...noCounts,
    users: users.length,
    touched: embedded.length,
    new: count('new'),
    events: count('events'),
    time: count('time'),
    removed: [...known.keys()].filter((userId) => !there.has(userId)).length,
    modalities: embedded.reduce((sum, { modalities }) => sum + modalities, 0),
    scanSeconds,
    embedSeconds,
    writeSeconds: clock.lap(),
  };
}

/** Seconds since it was asked last. */
function createPhaseClock(): { lap(): number } {
  let at = performance.now();
  return {
    lap: () => {
      const now = performance.now();
      const seconds = (now - at) / 1000;
      at = now;
      return seconds;
    },
  };
}

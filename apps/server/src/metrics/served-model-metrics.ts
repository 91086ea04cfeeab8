import type { TierCounts } from '@q-anchor/kv-serving';
import { Counter, Gauge, type Registry } from 'prom-client';

import type { Lifecycle } from '../model/lifecycle.js';
import type { ServedModel } from '../model/served-model.js';

type Kind = typeof Gauge | typeof Counter;

/** Counts of the model by metric; those whose names end in `_total` only grow. */
const values: Readonly<
  Record<string, readonly [help: string, value: (model: ServedModel) => number]>
> = {
  q_anchor_queue_depth: [
    'Requests that wait for a run',
    (it) => it.serving.counts.requests.waiting,
  ],
  q_anchor_overloaded_total: [
    'Requests refused since too many waited',
    (it) => it.serving.counts.requests.overloaded,
  ],
  q_anchor_users: ['Users known', (it) => it.serving.counts.users],
  q_anchor_prefix_cache_queries_total: [
    'Lookups of prefixes in memory',
    ({ serving: { counts } }) => counts.prefixes.hits + counts.prefixes.misses,
  ],
  q_anchor_prefix_cache_hits_total: [
    'Lookups that found the prefix in memory',
    (it) => it.serving.counts.prefixes.hits,
  ],
  q_anchor_prefix_cache_evictions_total: [
    'Prefixes let go from memory to make room',
    (it) => it.serving.counts.prefixes.evicted,
  ],
  q_anchor_prefix_cache_entries: [
    'Prefixes held in memory',
    (it) => it.serving.counts.prefixes.entries,
  ],
  q_anchor_prefix_cache_bytes: [
    'Bytes of keys and values held in memory',
    (it) => it.serving.counts.prefixes.bytes,
  ],
  q_anchor_journal_writes_total: [
    'Writes of the journal to disk; changes that come together share one',
    (it) => it.journal?.writes ?? 0,
  ],
  q_anchor_journal_bytes: [
    'Bytes of changes since the journal was last written anew',
    (it) => it.journal?.changeBytes ?? 0,
  ],
};

/** Counts of each tier behind memory, `disk` and `redis`. */
const tierValues: Readonly<
  Record<string, readonly [help: string, value: (counts: TierCounts) => number]>
> = {
  q_anchor_prefix_tier_queries_total: ['Lookups in a tier', ({ hits, misses }) => hits + misses],
  q_anchor_prefix_tier_hits_total: ['Lookups that found the prefix there', ({ hits }) => hits],
  q_anchor_prefix_tier_errors_total: ['Reads and writes that failed', ({ errors }) => errors],
  q_anchor_prefix_tier_written_total: ['Prefixes written', ({ written }) => written],
  q_anchor_prefix_tier_dropped_total: ['Prefixes there was no room for', ({ dropped }) => dropped],
  q_anchor_prefix_tier_pending_bytes: [
    'Bytes that wait to be written',
    ({ pendingBytes }) => pendingBytes,
  ],
};

const kindOf = (name: string): Kind => (name.endsWith('_total') ? Counter : Gauge);

/**
 * Registers what a model counts by itself; it is looked up when metrics are asked for.
 *
 * @param registry - where to
 * @param lifecycle - the model, once it is there; before, all are 0
 */
export function registerServedModel(registry: Registry, lifecycle: Lifecycle): void {
  const registers = [registry];
  for (const [name, [help, value]] of Object.entries(values)) {
    const metric = new (kindOf(name))({
      name,
      help,
      registers,
      collect() {
        const { model } = lifecycle;
        metric.reset();
        metric.inc(model ? value(model) : 0);
      },
    });
  }
  for (const [name, [help, value]] of Object.entries(tierValues)) {
    const metric = new (kindOf(name))({
      name,
      help,
      registers,
      labelNames: ['tier'],
      collect() {
        metric.reset();
        const tiers = lifecycle.model?.serving.counts.tiers ?? {};
        for (const [tier, counts] of Object.entries(tiers)) metric.inc({ tier }, value(counts));
      },
    });
  }
}

/** What the charts are made from: counters of the server at one time. */
export interface MetricsSample {
  readonly hits: number;
  readonly lookups: number;
  readonly cachedTokens: number;
  readonly prefixTokens: number;
  readonly queued: number;
  readonly bytes: number;
  /** Requests under `/v1/` by the upper bound of their seconds, cumulative. */
  readonly buckets: ReadonlyMap<number, number>;
}

const line = /^(\w+)(?:\{([^}]*)\})? (\S+)/;

/** Reads the text of Prometheus. */
export function metricsSample(text: string): MetricsSample {
  const sums = new Map<string, number>();
  const buckets = new Map<number, number>();
  for (const one of text.split('\n')) {
    const [, name = '', labels = '', given = ''] = line.exec(one) ?? [];
    if (!name.startsWith('q_anchor_')) continue;
    const value = Number(given);
    const kind = /kind="(\w+)"/.exec(labels)?.[1];
    const key = kind === undefined ? name : `${name} ${kind}`;
    sums.set(key, (sums.get(key) ?? 0) + value);
    if (name !== 'q_anchor_http_request_duration_seconds_bucket') continue;
    if (!labels.includes('route="/v1/')) continue;
    const bound = /le="([^"]+)"/.exec(labels)?.[1] ?? '';
    const seconds = bound === '+Inf' ? Infinity : Number(bound);
    buckets.set(seconds, (buckets.get(seconds) ?? 0) + value);
  }
  const sum = (key: string): number => sums.get(`q_anchor_${key}`) ?? 0;
  return {
    hits: sum('prefix_cache_hits_total'),
    lookups: sum('prefix_cache_queries_total'),
    cachedTokens: sum('tokens_total cached'),
    prefixTokens: sum('tokens_total prefix'),
    queued: sum('queue_depth'),
    bytes: sum('prefix_cache_bytes'),
    buckets,
  };
}

/** A share of what came between two samples; undefined where nothing did. */
export const shareBetween = (part: number, whole: number): number | undefined =>
  whole > 0 ? part / whole : undefined;

/**
 * A quantile of the seconds of requests between two samples, linear within a bucket; undefined where
 * there were none.
 */
export function quantileBetween(
  before: MetricsSample,
  after: MetricsSample,
  quantile: number,
): number | undefined {
  const counts = [...after.buckets]
    .toSorted(([a], [b]) => a - b)
    .map(([bound, value]) => [bound, value - (before.buckets.get(bound) ?? 0)] as const);
  const total = counts.at(-1)?.[1] ?? 0;
  if (total <= 0) return undefined;
  const wanted = quantile * total;
  let [lower, below] = [0, 0];
  for (const [bound, value] of counts) {
    if (value >= wanted) {
      if (bound === Infinity) return lower;
      return lower + ((bound - lower) * (wanted - below)) / (value - below);
    }
    [lower, below] = [bound, value];
  }
  return lower;
}

import { metricsText } from './api.js';
import { byId } from './element.js';
import {
  metricsSample,
  quantileBetween,
  shareBetween,
  type MetricsSample,
} from './metrics-sample.js';
import { linePicture } from './pictures/line.js';

const everyMs = 2000;
const maxPoints = 60;

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const milliseconds = (seconds: number): string => `${(1000 * seconds).toFixed(1)} ms`;

/** Charts of cache and latency that go on until the tab is closed; hidden tabs don't ask. */
export function showLive(): void {
  const hits = linePicture({ title: 'Cache hits', text: percent, maxPoints, top: 1 });
  const tokens = linePicture({ title: 'Tokens from the cache', text: percent, maxPoints, top: 1 });
  const median = linePicture({ title: 'Latency, median', text: milliseconds, maxPoints });
  const slow = linePicture({ title: 'Latency, 95th percentile', text: milliseconds, maxPoints });
  const queue = linePicture({ title: 'Waiting requests', text: String, maxPoints });
  const bytes = linePicture({
    title: 'Cache held',
    text: (value) =>
      value < 2 ** 20 ? `${(value / 1024).toFixed(0)} KiB` : `${(value / 2 ** 20).toFixed(1)} MiB`,
    maxPoints,
  });
  const charts = [hits, tokens, median, slow, queue, bytes];
  byId('live', HTMLDivElement).replaceChildren(...charts.map(({ node }) => node));
  let before: MetricsSample | undefined;
  const look = async (): Promise<void> => {
    if (document.hidden) return;
    const now = metricsSample(await metricsText());
    if (before) {
      const cached = now.cachedTokens - before.cachedTokens;
      const read = now.prefixTokens - before.prefixTokens;
      hits.add(shareBetween(now.hits - before.hits, now.lookups - before.lookups));
      tokens.add(shareBetween(cached, cached + read));
      median.add(quantileBetween(before, now, 0.5));
      slow.add(quantileBetween(before, now, 0.95));
    }
    queue.add(now.queued);
    bytes.add(now.bytes);
    before = now;
  };
  const again = async (): Promise<void> => {
    // One that fails is a gap; the next may do.
    await look().catch(() => undefined);
    setTimeout(() => void again(), everyMs);
  };
  void again();
}

import type { Writable } from 'node:stream';

import { Presets, SingleBar } from 'cli-progress';

import { durationText } from './duration.js';

/** Shows how far something has come. */
export interface Progress {
  /** Tells how much is done, out of how much, with a few words on how it goes. */
  update(done: number, total: number, words?: string): void;
  /** Shows the end state and leaves the line. */
  stop(): void;
}

/** Milliseconds between plain lines. */
const lineIntervalMs = 5000;

const hidden: Progress = { update: () => undefined, stop: () => undefined };

/**
 * A bar on a terminal, a plain line every few seconds elsewhere, nothing when quiet.
 *
 * @param stream - where to, stderr as a rule
 * @param options - what is done, what is counted, and whether to be quiet
 */
export function createProgress(
  stream: Writable & { readonly isTTY?: boolean },
  options: { readonly label: string; readonly unit: string; readonly isQuiet: boolean },
): Progress {
  if (options.isQuiet) return hidden;
  const speed = createSpeed(options.unit);
  return stream.isTTY === true
    ? bar(stream, { label: options.label, speed })
    : lines(stream, { label: options.label, speed });
}

type Speed = (done: number, total: number) => string;

/** Rate and time left, from the first update on: a resumed run does not start at zero. */
function createSpeed(unit: string): Speed {
  const startedAt = performance.now();
  let first: number | undefined;
  return (done, total) => {
    first ??= done;
    const seconds = (performance.now() - startedAt) / 1000;
    const rate = (done - first) / Math.max(seconds, 1e-3);
    if (done >= total) return `in ${durationText(seconds)}`;
    if (rate <= 0) return '';
    const rateText = rate >= 10 ? rate.toFixed(0) : rate.toFixed(2);
    return `${rateText} ${unit}/s, ${durationText((total - done) / rate)} left`;
  };
}

interface Parts {
  readonly label: string;
  readonly speed: Speed;
}

const joined = (...texts: readonly string[]): string =>
  texts.filter((text) => text !== '').join(', ');

function bar(stream: Writable, { label, speed }: Parts): Progress {
  const view = new SingleBar(
    {
      stream: stream,
      format: `${label} {bar} {value}/{total} {words}`,
      hideCursor: true,
      barsize: 24,
    },
    Presets.shades_classic,
  );
  let isStarted = false;
  return {
    update(done, total, words = '') {
      const payload = { words: joined(speed(done, total), words) };
      if (!isStarted) view.start(total, done, payload);
      isStarted = true;
      view.setTotal(total);
      view.update(done, payload);
    },
    stop() {
      if (isStarted) view.stop();
    },
  };
}

function lines(stream: Writable, { label, speed }: Parts): Progress {
  let writtenAt = performance.now();
  let pending: string | undefined;
  const write = (): void => {
    if (pending !== undefined) stream.write(`${pending}\n`);
    pending = undefined;
    writtenAt = performance.now();
  };
  return {
    update(done, total, words = '') {
      const share = total > 0 ? ` (${Math.floor((100 * done) / total)} %)` : '';
      pending = `${label} ${joined(`${done}/${total}${share}`, speed(done, total), words)}`;
      if (performance.now() - writtenAt >= lineIntervalMs) write();
    },
    stop: write,
  };
}

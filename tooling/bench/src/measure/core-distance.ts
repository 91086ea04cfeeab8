import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Measures how far two cores are from each other. */
export interface CoreProbe extends AsyncDisposable {
  /**
   * Nanoseconds that a number takes from one thread to another and back: the least of several tries,
   * or a million where other work kept the two from running at once.
   */
  roundTripNs(): number;
}

/** What stands for no answer. */
const unansweredNs = 1e6;

const [tries, bouncesPerTry, spinsPerBounce, limitMs] = [300, 16, 20_000, 100];

/** Cells of the shared memory: the number that goes to and fro, and what the other thread is to do. */
const [ball, task] = [0, 1];
const [sleep, play, end] = [0, 1, 2];

/** The other thread. Between measurements it sleeps, so as to take no core from what is timed. */
const otherThread = `
const cells = require('node:worker_threads').workerData;
for (;;) {
  Atomics.wait(cells, ${task}, ${sleep});
  if (Atomics.load(cells, ${task}) === ${end}) break;
  while (Atomics.load(cells, ${task}) === ${play}) {
    const number = Atomics.load(cells, ${ball});
    if (number % 2 === 1) Atomics.compareExchange(cells, ${ball}, number, number + 1);
  }
}`;

/**
 * Two threads that bounce a number. Cores that share a cache answer each other several times faster
 * than those that do not, and a virtual machine's may be either, from one minute to the next.
 */
export async function createCoreProbe(): Promise<CoreProbe> {
  const cells = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(otherThread, { eval: true, workerData: cells });
  await once(worker, 'online');
  const tell = (what: number): void => {
    Atomics.store(cells, task, what);
    Atomics.notify(cells, task);
  };
  let number = 1;
  /** Whether one bounce was answered in time. */
  const isAnswered = (): boolean => {
    Atomics.store(cells, ball, number);
    for (let i = 0; i < spinsPerBounce; i++) {
      if (Atomics.load(cells, ball) !== number) break;
    }
    number += 2;
    return Atomics.load(cells, ball) === number - 1;
  };
  return {
    roundTripNs() {
      tell(play);
      const beganAt = performance.now();
      let [least, startedAt] = [unansweredNs, beganAt];
      for (let i = 0; i < tries && startedAt - beganAt < limitMs; i++) {
        startedAt = performance.now();
        let bounces = 0;
        while (bounces < bouncesPerTry && isAnswered()) bounces++;
        const tripNs = (1e6 * (performance.now() - startedAt)) / bouncesPerTry;
        if (bounces === bouncesPerTry) least = Math.min(least, tripNs);
      }
      tell(sleep);
      return least;
    },
    async [Symbol.asyncDispose]() {
      tell(end);
      await worker.terminate();
    },
  };
}

import { median } from '../median.js';
import { createCoreProbe } from '../measure/core-distance.js';
import { secondsOf } from '../measure/seconds-of.js';
import { noPast, openedDecoder, pastOf, tokenFeeds, type ReadingTask } from './decoder-program.js';

/** Some queries by floats and some by integers, right after each other. */
export interface QueryTurn {
  /** Median milliseconds by floats. */
  readonly floatMs: number;
  /** Median milliseconds by integers. */
  readonly integerMs: number;
  /** Nanoseconds from core to core and back: before, between the two, after. */
  readonly roundTripsNs: readonly number[];
}

/** Turns of a process, and queries of each kind in a turn, after one that is not counted. */
const [turns, queryRuns] = [6, 5];

/** A query on a cached prefix, as something to run again and again. */
async function query(
  task: ReadingTask,
): Promise<AsyncDisposable & { medianMs(): Promise<number> }> {
  const { config, engine, program } = await openedDecoder(task);
  const vocabulary = config.vocabularySize;
  const feeds = tokenFeeds(task.tokens, { from: 0, segment: 0, vocabulary });
  const outputs = await program.run({ ...feeds, ...noPast(config) });
  const state = await engine.createState(pastOf(config, { feeds, outputs }));
  const question = tokenFeeds(task.query, { from: task.tokens, segment: 1, vocabulary });
  return {
    async medianMs() {
      const [, ...seconds] = await secondsOf(1 + queryRuns, () => program.run(question, { state }));
      return 1000 * median(seconds);
    },
    async [Symbol.asyncDispose]() {
      await state[Symbol.asyncDispose]();
      await engine[Symbol.asyncDispose]();
    },
  };
}

/**
 * Times queries by floats and by integers in turn in this process, so that both meet the machine in
 * the same state, and how far apart its cores were meanwhile.
 *
 * @param task - a decoder, and the file of its quantised weights
 */
export async function queriesInTurn(
  task: ReadingTask & { readonly quantised: string },
): Promise<QueryTurn[]> {
  const { quantised: _, ...plain } = task;
  await using floats = await query(plain);
  await using integers = await query(task);
  await using probe = await createCoreProbe();
  const measured: QueryTurn[] = [];
  for (let i = 0; i < turns; i++) {
    const isReversed = i % 2 === 1;
    const roundTripsNs = [probe.roundTripNs()];
    const first = await (isReversed ? integers : floats).medianMs();
    roundTripsNs.push(probe.roundTripNs());
    const second = await (isReversed ? floats : integers).medianMs();
    roundTripsNs.push(probe.roundTripNs());
    const [floatMs, integerMs] = isReversed ? [second, first] : [first, second];
    measured.push({ floatMs, integerMs, roundTripsNs });
  }
  return measured;
}

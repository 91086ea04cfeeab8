import { join } from 'node:path';
import { Writable } from 'node:stream';

import { pathExists, writeFileAtomic } from '@q-anchor/core';

import { InterruptedError, type CommandContext } from '../context.js';
import { durationText } from '../display/duration.js';
import type { Journal } from './journal.js';
import { placesIn } from './places.js';
import type { ReproductionStep } from './plan.js';

/** Runs a command line of q-anchor; its results go to a stream, all else where it always goes. */
export type CommandRunner = (args: readonly string[], stdout: Writable) => Promise<number>;

/**
 * Does the steps that the journal does not have yet, one after the other, and tells how long the rest
 * will take: as their expected seconds, stretched as those of the steps done so far.
 *
 * @throws {@link InterruptedError} if the signal aborts, an error if a step fails
 */
export async function runSteps(
  steps: readonly ReproductionStep[],
  options: {
    readonly out: string;
    readonly journal: Journal;
    readonly runCommand: CommandRunner;
    readonly isQuiet: boolean;
    readonly context: Pick<CommandContext, 'log' | 'signal'>;
  },
): Promise<void> {
  const { out, journal, context, runCommand, isQuiet } = options;
  const { log, signal } = context;
  const { finished } = journal;
  if (finished.size > 0) log.info(`${finished.size} of ${steps.length} steps are done already`);
  for (const [index, step] of steps.entries()) {
    if (finished.has(step.name)) continue;
    const left = durationText(secondsLeft(steps, finished));
    log.info(`Step ${index + 1} of ${steps.length}: ${step.name} (about ${left} left in all)`);
    const started = performance.now();
    const results = collector();
    const args = [...step.args, ...(await goingOn(step)), ...(isQuiet ? ['--quiet'] : [])];
    const code = await runCommand(args, results.stream);
    if (signal.aborted) {
      throw new InterruptedError(
        `Stopped in step ${step.name}; the same command goes on with it, and keeps what is done`,
      );
    }
    if (code !== 0)
      throw new Error(`Step ${step.name} ended with ${code}: q-anchor ${args.join(' ')}`);
    await writeFileAtomic(placesIn(out).log(step.name), results.text());
    await journal.add(step.name, (performance.now() - started) / 1000);
  }
}

/** What is added to the command line of a run that was begun. */
const goingOn = async ({ run }: ReproductionStep): Promise<readonly string[]> =>
  run !== undefined && (await pathExists(join(run, 'config.json'))) ? ['--resume'] : [];

/** Expected seconds of the steps to do, by the pace of those that were done. */
export function secondsLeft(
  steps: readonly Pick<ReproductionStep, 'name' | 'seconds'>[],
  finished: ReadonlyMap<string, number>,
): number {
  const sum = (list: typeof steps): number => list.reduce((total, one) => total + one.seconds, 0);
  const done = steps.filter(({ name }) => finished.has(name));
  const took = done.reduce((total, { name }) => total + finished.get(name)!, 0);
  const stretch = done.length > 0 ? took / sum(done) : 1;
  return stretch * sum(steps.filter(({ name }) => !finished.has(name)));
}

function collector(): { readonly stream: Writable; text(): string } {
  const parts: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      parts.push(chunk.toString());
      done();
    },
  });
  return { stream, text: () => parts.join('') };
}

import { setTimeout as sleep } from 'node:timers/promises';

import {
  ClosedError,
  createScheduler,
  DeadlineError,
  OverloadedError,
  type Part,
  type SchedulerOptions,
} from '@q-anchor/kv-serving';
import { describe, expect, test } from 'vitest';

const group = {};
const part = (job: string, options: Partial<Part<string>> = {}): Part<string> => ({
  job,
  group,
  prefix: job,
  prefixTokens: 100,
  suffixTokens: 10,
  ...options,
});

/** A scheduler whose runs the test lets go on. */
function createHeld(options: Partial<SchedulerOptions<string, string>> = {}) {
  const runs: (readonly string[])[] = [];
  const waiting: (() => void)[] = [];
  let isHeld = true;
  const scheduler = createScheduler<string, string>({
    maxQueued: 100,
    maxQueuedPerCaller: 100,
    maxRunTokens: 330,
    maxPaddingShare: 0.2,
    run: async (jobs) => {
      runs.push(jobs);
      if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve));
      return jobs.map((job) => `${job}!`);
    },
    ...options,
  });
  /** Lets one run end and the next begin. */
  const step = async (): Promise<void> => {
    await sleep(5);
    waiting.shift()?.();
    await sleep(5);
  };
  const release = (): void => {
    isHeld = false;
    for (const go of waiting.splice(0)) go();
  };
  return { scheduler, runs, step, release };
}

describe('a run', () => {
  test('takes what comes in one turn, within its tokens', async () => {
    const { scheduler, runs, release } = createHeld();
    release();
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => scheduler.submit(name, [part(name)])),
    );
    expect(answers).toEqual([['a!'], ['b!'], ['c!'], ['d!']]);
    expect(runs).toEqual([['a', 'b', 'c'], ['d']]);
    expect(scheduler.counts).toEqual({ runs: 2, parts: 4, waiting: 0, overloaded: 0 });
  });

  test('parts of one prefix share a row, and its suffix tokens add up', async () => {
    const { scheduler, runs, release } = createHeld({ maxRunTokens: 130 });
    release();
    await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => scheduler.submit(name, [part(name, { prefix: 'p' })])),
    );
    expect(runs).toEqual([['a', 'b', 'c'], ['d']]);
  });

  test('holds users of like length, of one group; one too large for any run goes alone', async () => {
    const { scheduler, runs, release } = createHeld({ maxRunTokens: 400 });
    release();
    await Promise.all([
      scheduler.submit('a', [part('a')]),
      scheduler.submit('b', [part('short', { prefixTokens: 50 })]),
      scheduler.submit('c', [part('other', { group: {} })]),
      scheduler.submit('d', [part('huge', { prefixTokens: 1000 })]),
      scheduler.submit('e', [part('like', { prefixTokens: 90 })]),
    ]);
    expect(runs).toEqual([['a', 'like'], ['short'], ['other'], ['huge']]);
  });
});

describe('fairness', () => {
  test('a caller with many requests does not hold up others', async () => {
    const { scheduler, runs, step, release } = createHeld();
    const done: string[] = [];
    const ask = (caller: string, name: string) =>
      scheduler.submit(caller, [part(name)]).then(([answer]) => done.push(answer!));
    const all = Array.from({ length: 9 }, (_, i) => ask('busy', `busy${i}`));
    await step();
    all.push(ask('late', 'late'), ask('later', 'later'));
    release();
    await Promise.all(all);
    expect(runs[0]).toEqual(['busy0', 'busy1', 'busy2']);
    // The run that began before they came, then theirs.
    expect(runs[2]!.toSorted()).toEqual(['busy6', 'late', 'later']);
    // Each caller's own in their order.
    const busy = done.filter((name) => name.startsWith('busy'));
    expect(busy).toEqual(Array.from({ length: 9 }, (_, i) => `busy${i}!`));
  });

  test('a request of many parts is done in order, others in between', async () => {
    const { scheduler, runs, release } = createHeld({ maxRunTokens: 110 });
    release();
    const [large, small] = await Promise.all([
      scheduler.submit('large', [part('1'), part('2'), part('3')]),
      scheduler.submit('small', [part('small')]),
    ]);
    expect(large).toEqual(['1!', '2!', '3!']);
    expect(small).toEqual(['small!']);
    expect(runs).toEqual([['1'], ['small'], ['2'], ['3']]);
  });

  test('an unlike length waits for its turn, not for ever', async () => {
    const { scheduler, runs, step } = createHeld();
    const odd = scheduler.submit('odd', [part('odd', { prefixTokens: 300 })]);
    for (let i = 0; i < 6; i++) {
      void scheduler.submit(`c${i}`, [part(`even${i}`)]);
      void scheduler.submit(`c${i}`, [part(`more${i}`)]);
    }
    for (let i = 0; i < 2; i++) await step();
    await odd;
    expect(runs.findIndex((jobs) => jobs.includes('odd'))).toBeLessThanOrEqual(1);
    while (scheduler.counts.waiting > 0) await step();
    await step();
  });
});

describe('giving up', () => {
  test('a signal takes a waiting request out, and answers at once where it runs', async () => {
    const { scheduler, runs, step, release } = createHeld({ maxRunTokens: 110 });
    const [running, waiting] = [new AbortController(), new AbortController()];
    const first = scheduler.submit('a', [part('a'), part('a2')], { signal: running.signal });
    const second = scheduler.submit('b', [part('b')], { signal: waiting.signal });
    const third = scheduler.submit('c', [part('c')]);
    await sleep(5);
    running.abort(new Error('gone'));
    waiting.abort(new Error('gone too'));
    await expect(first).rejects.toThrow('gone');
    await expect(second).rejects.toThrow('gone too');
    await step();
    release();
    expect(await third).toEqual(['c!']);
    expect(runs).toEqual([['a'], ['c']]);
    await expect(scheduler.submit('d', [part('d')], { signal: running.signal })).rejects.toThrow(
      'gone',
    );
  });

  test('a deadline ends waiting', async () => {
    const { scheduler, runs, step, release } = createHeld({ maxRunTokens: 110 });
    const first = scheduler.submit('a', [part('a')], { timeoutMs: 10_000 });
    const second = scheduler.submit('b', [part('b')], { timeoutMs: 20 });
    await expect(second).rejects.toThrow(/expected an answer within 20 ms/);
    await expect(second).rejects.toBeInstanceOf(DeadlineError);
    await step();
    release();
    expect(await first).toEqual(['a!']);
    expect(runs).toEqual([['a']]);
  });

  test('a run that fails fails its own requests alone', async () => {
    const { scheduler } = createHeld({
      maxRunTokens: 110,
      run: async (jobs) => {
        if (jobs.includes('bad')) throw new Error('broken');
        return jobs;
      },
    });
    const bad = scheduler.submit('a', [part('bad'), part('never')]);
    const good = scheduler.submit('b', [part('good')]);
    await expect(bad).rejects.toThrow('broken');
    expect(await good).toEqual(['good']);
    expect(scheduler.counts.runs).toBe(2);
  });
});

describe('overload', () => {
  test('what has no room is refused at once, of all and of a caller; later there is room', async () => {
    const { scheduler, release } = createHeld({
      maxRunTokens: 110,
      maxQueued: 4,
      maxQueuedPerCaller: 2,
    });
    const running = scheduler.submit('a', [part('a')]);
    await sleep(5);
    const some = [scheduler.submit('a', [part('a2')]), scheduler.submit('a', [part('a3')])];
    const refused = scheduler.submit('a', [part('a4')]);
    await expect(refused).rejects.toThrow(/found 2 of caller "a" waiting. Try again in 1 s/);
    some.push(scheduler.submit('b', [part('b')]), scheduler.submit('c', [part('c')]));
    const error = await scheduler.submit('d', [part('d')]).catch((caught: unknown) => caught);
    expect(OverloadedError.isInstance(error) && error.waiting).toBe(4);
    expect(scheduler.counts).toMatchObject({ waiting: 4, overloaded: 2 });
    expect(() => scheduler.admit('d')).toThrow(/found 4 of all callers waiting/);
    release();
    await Promise.all([running, ...some]);
    scheduler.admit('d');
    expect(await scheduler.submit('d', [part('d')])).toEqual(['d!']);
  });

  test('disposal does what waits, and takes nothing more in', async () => {
    const { scheduler, release } = createHeld({ maxRunTokens: 110 });
    const all = ['a', 'b'].map((name) => scheduler.submit(name, [part(name)]));
    const disposed = scheduler[Symbol.asyncDispose]();
    await expect(scheduler.submit('c', [part('c')])).rejects.toBeInstanceOf(ClosedError);
    release();
    expect(await Promise.all(all)).toEqual([['a!'], ['b!']]);
    await disposed;
  });

  test.each([{ maxQueued: 0 }, { maxRunTokens: Number.NaN }, { maxPaddingShare: 1 }])(
    '%o is refused',
    (limits) => {
      expect(() => createHeld(limits)).toThrow(/expected a/);
    },
  );
});

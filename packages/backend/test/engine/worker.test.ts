import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';

import { expect, test } from 'vitest';

import { createEngine, EngineError, type Engine, type Program } from '@q-anchor/backend';
import { InputError, UnavailableError } from '@q-anchor/core';
import { createGraph, matmul, reduceMean, reduceSum } from '@q-anchor/graph';

import { filled, numbers, rejection } from './support/tensors.js';
import { typescriptHooks } from './support/typescript-hooks.js';

const size = 512;

/** The sum of x w^times; takes about `times` times 10 ms. */
function powers(engine: Engine, times: number): Promise<Program> {
  const graph = createGraph();
  const w = graph.input('w', [size, size]);
  let y = graph.input('x', [size, size]);
  for (let i = 0; i < times; i++) y = matmul([y, w]);
  graph.output('sum', reduceSum(y));
  graph.output('mean', reduceMean(y));
  return engine.compile(graph, { name: 'powers' });
}
const feeds = { x: filled(1, [size, size]), w: filled(1 / size, [size, size]) };

/** An engine in a worker, and the worker itself. */
async function engineAndWorker(): Promise<[Engine, Worker]> {
  let worker: Worker | undefined;
  const seen = (made: Worker) => (worker = made);
  process.once('worker', seen);
  const engine = await createEngine({ device: 'cpu', threads: 1, worker: true });
  return [engine, worker!];
}

/** How long a run takes, and the longest time in which no timer fired meanwhile. */
async function longestGap(program: Program): Promise<{ runMs: number; gapMs: number }> {
  const startedAt = performance.now();
  let last = startedAt;
  let gapMs = 0;
  const tick = (): void => {
    gapMs = Math.max(gapMs, performance.now() - last);
    last = performance.now();
  };
  const timer = setInterval(tick, 5);
  const outputs = await program.run(feeds);
  tick();
  clearInterval(timer);
  expect(numbers(outputs['sum']!)[0]).toBeCloseTo(size * size, 0);
  return { runMs: performance.now() - startedAt, gapMs };
}

// Another process may hold the cores for longer than the run: then it is measured again.
test('the event loop keeps turning during a run', { retry: 2 }, async () => {
  await using here = await createEngine({ device: 'cpu', threads: 1 });
  await using probe = await powers(here, 10);
  const { runMs } = await longestGap(probe);
  const times = Math.ceil((10 * 600) / runMs);

  await using blocking = await powers(here, times);
  const inThread = await longestGap(blocking);
  expect(inThread.runMs).toBeGreaterThan(300);
  expect(inThread.gapMs).toBeGreaterThan(0.8 * inThread.runMs);

  await using engine = await createEngine({ device: 'cpu', threads: 1, worker: true });
  await using program = await powers(engine, times);
  const inWorker = await longestGap(program);
  expect(inWorker.runMs).toBeGreaterThan(300);
  expect(inWorker.gapMs).toBeLessThan(0.3 * inWorker.runMs);
});

test('a worker that ended rejects what comes after', async () => {
  const [engine, worker] = await engineAndWorker();
  const program = await powers(engine, 1);
  await worker.terminate();
  const error = await rejection(program.run(feeds));
  expect(error).toBeInstanceOf(EngineError);
  expect((error as Error).message).toBe('worker thread: it has ended, with exit code 1');
  expect(await rejection(engine.createState({}))).toBeInstanceOf(EngineError);
  await engine[Symbol.asyncDispose](); // nothing is left to do
});

test('a worker that crashes rejects what is pending, and says why', async () => {
  const [engine, worker] = await engineAndWorker();
  const program = await powers(engine, 2);
  const pending = [program.run(feeds), program.run(feeds)].map(rejection);
  worker.emit('error', new RangeError('out of memory'));
  for (const error of await Promise.all(pending)) {
    expect(error).toBeInstanceOf(EngineError);
    expect((error as Error).message).toBe('worker thread: it crashed: out of memory');
    expect((error as Error).cause).toBeInstanceOf(RangeError);
  }
});

test('a process may exit during a run, with the code it wants', async () => {
  const child = await rejection(
    promisify(execFile)(process.execPath, [
      '--import',
      typescriptHooks,
      fileURLToPath(new URL('support/exit-during-run.ts', import.meta.url)),
    ]),
  );
  expect(child).toMatchObject({ code: 3, signal: null, stdout: 'running\n', stderr: '' });
});

test('disposing finishes what is pending, ends the thread, and may be done twice', async () => {
  const [engine, worker] = await engineAndWorker();
  const program = await powers(engine, 2);
  const state = await engine.createState({ w: feeds.w });
  const run = program.run(feeds);
  let isOver = false;
  worker.once('exit', () => (isOver = true));
  await engine[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
  expect(isOver).toBe(true);
  expect(numbers((await run)['mean']!)[0]).toBeCloseTo(1, 3);
  await program[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
  expect(await rejection(powers(engine, 1))).toMatchObject({
    where: 'engine',
    found: 'a disposed one',
  });
});

test('errors keep their class and fields across the thread', async () => {
  const unavailable = await rejection(createEngine({ device: 'dml', worker: true }));
  expect(unavailable).toBeInstanceOf(UnavailableError);
  expect(unavailable).toMatchObject({ what: "device 'dml'", code: 'UNAVAILABLE' });
  expect((unavailable as UnavailableError).fix).not.toBe('');

  await using engine = await createEngine({ device: 'cpu', threads: 1, worker: true });
  await using program = await powers(engine, 1);
  const input = await rejection(program.endProfile());
  expect(input).toBeInstanceOf(InputError);
  expect(InputError.isInstance(input)).toBe(true);
  expect(input).toMatchObject({ where: 'endProfile of powers', found: 'none' });
  expect((input as Error).message).toMatch(/^endProfile of powers: expected a profile/);
  expect((input as Error).stack).toContain('local-host');
});

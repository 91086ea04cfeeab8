import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { createEngine, createOnnxEngine, type Device, type Engine } from '@q-anchor/backend';
import { InputError, UnavailableError } from '@q-anchor/core';
import { add, createGraph } from '@q-anchor/graph';

import { rejection } from './support/tensors.js';
import { typescriptHooks } from './support/typescript-hooks.js';

test('auto says what it chose', async () => {
  await using engine = await createEngine();
  expect(['cpu', 'cuda']).toContain(engine.device);
  await using named = await createEngine({ device: 'cpu' });
  expect(named.device).toBe('cpu');
});

const foreign: Device = process.platform === 'darwin' ? 'dml' : 'coreml';

test('a device that this platform lacks is named, with what to do', async () => {
  const error = await rejection(createEngine({ device: foreign }));
  expect(error).toBeInstanceOf(UnavailableError);
  const { message } = error as Error;
  expect(message).toContain(`device '${foreign}' is unavailable: onnxruntime-node has no such`);
  expect(message).toMatch(/It exists on \w+ alone\.$/);
});

test.for(['cuda', 'tensorrt'] as const)('%s says what to install', async (device, { skip }) => {
  const result = await createEngine({ device }).catch((error: unknown) => error);
  if (!(result instanceof Error)) {
    await (result as Engine)[Symbol.asyncDispose]();
    skip('it is installed here');
  }
  expect(result).toBeInstanceOf(UnavailableError);
  expect(result).toMatchObject({ what: `device '${device}'` });
  expect((result as UnavailableError).fix).toMatch(/CUDA 12.*--onnxruntime-node-install=cuda12/);
});

test('the engine that starts at once reports a missing device when it compiles', async () => {
  await using engine = createOnnxEngine({ device: foreign });
  const graph = createGraph();
  graph.output('y', add(graph.input('x', [1]), 1));
  expect(await rejection(engine.compile(graph))).toBeInstanceOf(UnavailableError);
  expect(await rejection(engine.compile(graph))).toBeInstanceOf(UnavailableError);
});

test.each([0, -1, 1.5, NaN])('%s threads are refused', async (threads) => {
  const error = await rejection(createEngine({ device: 'cpu', threads }));
  expect(error).toBeInstanceOf(InputError);
  expect(error).toMatchObject({ where: 'threads', found: `${threads}` });
});

const driver = '/usr/lib/chromium/vk_swiftshader_icd.json';
const loaders = ['x86_64', 'aarch64'].map((cpu) => `/usr/lib/${cpu}-linux-gnu/libvulkan.so.1`);

test('webgpu agrees with the CPU, and leaves ops to it only where that was allowed', async ({
  skip,
}) => {
  if (!existsSync(driver)) skip("needs Chromium's software driver: apt-get install chromium");
  if (!loaders.some(existsSync)) skip('needs the Vulkan loader: apt-get install libvulkan1');
  // The driver is chosen by the environment of a process, so it takes a process of its own.
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', typescriptHooks, fileURLToPath(new URL('support/webgpu.ts', import.meta.url))],
    { env: { ...process.env, VK_ICD_FILENAMES: driver, XDG_RUNTIME_DIR: '/tmp' } },
  );
  const result = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, unknown>;
  expect(result['device']).toBe('webgpu');
  expect(result['error']).toBeLessThan(1e-6);
  expect(result['stateError']).toBeLessThan(1e-6);
  expect(result['attentionError']).toBeLessThan(1e-5);
  expect(result['workerError']).toBeLessThan(1e-6);
  expect(result['refusal']).toMatch(/^device 'webgpu' for exact is unavailable: it has no kernel/);
  expect(result['allowed']).toEqual([1.5, 2.5]);
  expect(result['providers']).toEqual(['CPUExecutionProvider']);
}, 120_000);

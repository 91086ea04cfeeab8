import { join } from 'node:path';

import { beforeAll, expect, test } from 'vitest';

import { openSafetensors, writeSafetensors } from '@q-anchor/backbone';
import { createOnnxEngine } from '@q-anchor/backend';
import { InputError } from '@q-anchor/core';
import { cast, createGraph, type TensorData } from '@q-anchor/graph';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';

let directory = '';
beforeAll(async () => {
  directory = await temporaryFolder();
});

const tensors: Readonly<Record<string, TensorData>> = {
  w: { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, -2.5, 1 / 3, 1e-6) },
  q: { dtype: 'uint8', shape: [3], data: Uint8Array.of(1, 255, 0) },
};

test.each(['F32', 'F16', 'BF16'] as const)(
  'an engine reads in place what is stored as %s',
  async (storage) => {
    const path = join(directory, `${storage}.safetensors`);
    await writeSafetensors(path, tensors, { float32As: storage });
    await using source = await openSafetensors(path);
    const graph = createGraph();
    graph.output('w out', graph.input('w', [2, 2]));
    graph.output('q out', cast(graph.input('q', [3], 'uint8'), 'int32'));
    await using engine = createOnnxEngine({ threads: 1 });
    const weights = { w: source.stored('w'), q: source.stored('q') };
    await using program = await engine.compile(graph, { weights });
    const outputs = await program.run({});
    expect(outputs['w out']!.data).toEqual(await source.readFloat32('w'));
    expect(outputs['q out']!.data).toEqual(Int32Array.of(1, 255, 0));
  },
);

test('a name that is not there is an error', async () => {
  const path = join(directory, 'one.safetensors');
  await writeSafetensors(path, tensors);
  await using source = await openSafetensors(path);
  expect(() => source.stored('v')).toThrow(InputError);
});

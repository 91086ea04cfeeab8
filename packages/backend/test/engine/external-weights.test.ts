import { readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { EngineError } from '@q-anchor/backend';
import { createRandom, InputError } from '@q-anchor/core';
import {
  add,
  createGraph,
  gather,
  matmul,
  multiply,
  type StoredTensor,
  type TensorData,
} from '@q-anchor/graph';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { engines } from './support/engines.js';
import { filled, rejection, tensor } from './support/tensors.js';

const random = createRandom(3);
const drawn = (shape: readonly [number, number]): TensorData =>
  tensor(
    Array.from({ length: shape[0] * shape[1] }, () => random.normal()),
    { shape },
  );
const weights = { a: drawn([64, 96]), b: drawn([96, 8]), c: tensor([0.5]) };
const feeds = { x: drawn([5, 64]) };

/** (x a) b c. */
function product() {
  const graph = createGraph();
  const x = graph.input('x', ['rows', 64]);
  const b = matmul([matmul([x, graph.input('a', [64, 96])]), graph.input('b', [96, 8])]);
  graph.output('y', multiply(b, graph.input('c', [1])));
  return graph;
}

const folders = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('q-anchor-model-'));

describe.each(engines)('an engine %s', (_, engineOf) => {
  test('gives the same bits from weights in a file, which is gone after loading', async () => {
    const engine = await engineOf();
    await using inline = await engine.compile(product(), { weights });
    const before = new Set(await folders());
    await using program = await engine.compile(product(), { weights, inlineLimitBytes: 0 });
    expect((await folders()).filter((name) => !before.has(name))).toEqual([]);
    const expected = await inline.run(feeds);
    for (let i = 0; i < 3; i++) expect(await program.run(feeds)).toEqual(expected);
  });

  test('updates a state beside weights in a file', async () => {
    const engine = await engineOf();
    const graph = createGraph();
    const w = graph.input('w', [2]);
    graph.output('next', add(w, graph.input('step', [2])));
    await using state = await engine.createState({ w: tensor([1, 2]) });
    await using program = await engine.compile(graph, {
      weights: { step: tensor([10, 20]) },
      inlineLimitBytes: 0,
      state,
      updates: { next: 'w' },
    });
    await program.run({});
    await program.run({});
    expect(await state.read()).toEqual({ w: tensor([21, 42]) });
  });

  test('leaves no file behind when compilation fails', async () => {
    const engine = await engineOf();
    const before = new Set(await folders());
    const bad = { ...weights, a: filled(1, [64, 95]) };
    const error = await rejection(engine.compile(product(), { weights: bad, inlineLimitBytes: 0 }));
    expect(error).toBeInstanceOf(InputError);
    expect((await folders()).filter((name) => !before.has(name))).toEqual([]);
  });
});

describe.each(engines)('weights in files, an engine %s', (_, engineOf) => {
  /** A file with bytes of weights behind a start of odd length. */
  const written = async (parts: readonly Uint8Array[]): Promise<string> => {
    const path = join(await temporaryFolder(), 'weights.bin');
    await writeFile(path, Buffer.concat([new Uint8Array(5), ...parts]));
    return path;
  };
  const bytesOf = ({ data }: TensorData): Uint8Array =>
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const stored = ({ dtype, shape }: TensorData, file: StoredTensor['file']): StoredTensor => ({
    dtype,
    shape,
    file,
  });

  test('give the same bits as in memory, through a link too', async () => {
    const engine = await engineOf();
    await using inline = await engine.compile(product(), { weights });
    const { a, b, c } = weights;
    const path = await written([bytesOf(a), bytesOf(b)]);
    const link = `${path}.link`;
    await symlink(path, link);
    const length = bytesOf(a).length;
    const mixed = {
      a: stored(a, { path, byteOffset: 5, byteLength: length }),
      b: stored(b, { path: link, byteOffset: 5 + length, byteLength: bytesOf(b).length }),
      c,
    };
    await using program = await engine.compile(product(), { weights: mixed });
    await using other = await engine.compile(product(), { weights: mixed, inlineLimitBytes: 0 });
    const expected = await inline.run(feeds);
    expect(await program.run(feeds)).toEqual(expected);
    expect(await other.run(feeds)).toEqual(expected);
  });

  test.each([
    ['float16', [0x3c00, 0xc000, 0x0001, 0x7bff], [1, -2, 2 ** -24, 65504]],
    ['bfloat16', [0x3f80, 0xc000, 0x0001, 0x7f7f], [1, -2, 2 ** -133, 3.3895313892515355e38]],
  ] as const)('are widened from %s', async (encoding, words, values) => {
    const engine = await engineOf();
    const graph = createGraph();
    const w = graph.input('w', [4]);
    graph.output('y', multiply(w, graph.input('x', [1])));
    const path = await written([
      bytesOf({ dtype: 'float16', shape: [4], data: Uint16Array.from(words) }),
    ]);
    const place = { path, byteOffset: 5, byteLength: 8, encoding };
    await using program = await engine.compile(graph, {
      weights: { w: { dtype: 'float32', shape: [4], file: place } },
    });
    expect(await program.run({ x: tensor([1]) })).toEqual({ y: tensor(values) });
  });

  test.each([
    ['float16', [0x3c00, 0xc000, 0x4200, 0x7bff], [1, -2, 3, 65504]],
    ['bfloat16', [0x3f80, 0xc000, 0x4040, 0x7f7f], [1, -2, 3, 3.3895313892515355e38]],
  ] as const)(
    '%s rows of a table are widened where they are read',
    async (encoding, words, all) => {
      const engine = await engineOf();
      const graph = createGraph();
      const table = graph.input('table', [2, 2]);
      graph.output('rows', gather(table, graph.input('ids', ['n'], 'int64')));
      const path = await written([
        bytesOf({ dtype: 'float16', shape: [2, 2], data: Uint16Array.from(words) }),
      ]);
      const place = { path, byteOffset: 5, byteLength: 8, encoding };
      const halves: StoredTensor = { dtype: 'float32', shape: [2, 2], file: place };
      const asked = { ids: tensor([1, 0, 1], { dtype: 'int64' }) };
      const rows = tensor([all[2], all[3], all[0], all[1], all[2], all[3]], { shape: [3, 2] });
      await using program = await engine.compile(graph, { weights: { table: halves } });
      expect((await program.run(asked))['rows']).toEqual(rows);

      // Read whole as well, it is widened too.
      graph.output('product', matmul([graph.input('y', [1, 2]), table]));
      await using both = await engine.compile(graph, { weights: { table: halves } });
      const found = await both.run({ ...asked, y: tensor([1, 0], { shape: [1, 2] }) });
      expect(found['rows']).toEqual(rows);
      expect(found['product']).toEqual(tensor([all[0], all[1]], { shape: [1, 2] }));
    },
  );

  test('that are missing or of another size are errors', async () => {
    const engine = await engineOf();
    const { a, b, c } = weights;
    const missing = { path: join(tmpdir(), 'q-anchor-no-such-file'), byteOffset: 0 };
    const compiled = (file: StoredTensor['file']): Promise<unknown> =>
      engine.compile(product(), { weights: { a: stored(a, file), b, c } });
    expect(String(await rejection(compiled({ ...missing, byteLength: 4 * 64 * 96 })))).toContain(
      'q-anchor-no-such-file',
    );
    const path = await written([bytesOf(a)]);
    const short = { path, byteOffset: 5, byteLength: 4 * 64 * 96 - 4 };
    expect(await rejection(compiled(short))).toBeInstanceOf(InputError);
    const past = { path, byteOffset: 9, byteLength: 4 * 64 * 96 };
    expect(await rejection(compiled(past))).toBeInstanceOf(EngineError);
  });
});

import { createOnnxEngine } from '@q-anchor/backend';
import { withQuestionMeans } from '@q-anchor/dual-tower';
import { createGraph } from '@q-anchor/graph';
import { afterAll, expect, test } from 'vitest';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const int64 = (rows: readonly (readonly number[])[]) => ({
  dtype: 'int64' as const,
  shape: [rows.length, rows[0]!.length],
  data: BigInt64Array.from(rows.flat(), BigInt),
});

/** Embeddings of width 2 with question means; the embedding token is 9. */
async function joined(
  embeddings: readonly (readonly (readonly [number, number])[])[],
  rows: Record<'ids' | 'segments' | 'positions', readonly (readonly number[])[]>,
): Promise<number[][]> {
  const graph = createGraph();
  const input = (name: string) => graph.input(name, ['batch', 'tokens'], 'int64');
  const out = withQuestionMeans(graph.input('embeddings', ['batch', 'tokens', 2], 'float32'), {
    ids: input('ids'),
    layout: { segments: input('segments'), positions: input('positions') },
    questionMean: { weight: 3, userEmbeddingId: 9 },
  });
  graph.output('out', out);
  await using program = await engine.compile(graph);
  const { out: result } = await program.run({
    embeddings: {
      dtype: 'float32',
      shape: [embeddings.length, embeddings[0]?.length ?? 0, 2],
      data: Float32Array.from(embeddings.flat(2)),
    },
    ...Object.fromEntries(Object.entries(rows).map(([name, list]) => [name, int64(list)])),
  });
  const data = [...(result!.data as Float32Array)];
  return Array.from({ length: data.length / 2 }, (_, i) => data.slice(2 * i, 2 * i + 2));
}

test('a token of embeddings has the mean of what its own segment asked before it', async () => {
  const row: readonly (readonly [number, number])[] = [
    [1, 2], // question of two tokens
    [3, 4],
    [10, 10],
    [50, 50], // its answer
    [10, 10], // asked nothing
    [5, 7], // question of one token
    [10, 10],
    [8, 8], // padding
  ];
  const found = await joined([row], {
    ids: [[1, 2, 9, 3, 9, 4, 9, 0]],
    segments: [[1, 1, 1, 1, 2, 3, 3, -1]],
    positions: [[30, 31, 32, 33, 30, 30, 31, 0]],
  });
  const expected: (readonly number[])[] = [...row];
  expected[2] = [10 + 3 * 2, 10 + 3 * 3];
  expected[6] = [10 + 3 * 5, 10 + 3 * 7];
  expect(found).toEqual(expected);
});

test('each user has its own', async () => {
  const found = await joined(
    [
      [
        [1, 0],
        [0, 0],
      ],
      [
        [0, 2],
        [0, 0],
      ],
    ],
    {
      ids: [
        [1, 9],
        [2, 9],
      ],
      segments: [
        [1, 1],
        [1, 1],
      ],
      positions: [
        [0, 1],
        [7, 8],
      ],
    },
  );
  expect([found[1], found[3]]).toEqual([
    [3, 0],
    [0, 6],
  ]);
});

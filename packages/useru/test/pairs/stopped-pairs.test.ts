import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  buildPairs,
  lifeTopics,
  openDataset,
  type Dataset,
  type PairsProgress,
  type Resumption,
  type BuildPairsOptions,
} from '@q-anchor/useru';
import { expect, it } from 'vitest';

import { filesOf } from '../support/files-of.js';
import { importVisits, readPairs } from './support/visits.js';

const partial = ({ directory }: Dataset): string => join(directory, '.pairs.partial');

/** Files of pairs, but for the one that names the dataset they were made from. */
const pairFiles = async ({ directory }: Dataset): Promise<Record<string, string>> => {
  const { 'origin.json': _, ...files } = await filesOf(join(directory, 'pairs'));
  return files;
};

const options = { seed: 5, horizonDays: [14, 30], referencesPerShard: 10 };
const stoppedAfter = async (dataset: Dataset, done: number): Promise<void> => {
  const abort = new AbortController();
  const building = buildPairs({
    dataset,
    ...options,
    signal: abort.signal,
    onProgress: (step) => {
      if (step.phase === 'pairs' && step.done === done) abort.abort(new Error('by hand'));
    },
  });
  await expect(building).rejects.toThrow('by hand');
};

it.each([0, 10, 40, 48])('goes on after %d references, byte by byte', async (done) => {
  await using straight = await importVisits(`straight-${done}`);
  await using halves = await importVisits(`halves-${done}`);
  const summary = await buildPairs({ dataset: straight, ...options });
  await stoppedAfter(halves, done);
  expect(await halves.pairShards()).toEqual([]);
  const told: Resumption[] = [];
  const progress: PairsProgress[] = [];
  const resumed = await buildPairs({
    dataset: halves,
    ...options,
    onResume: (resumption) => told.push(resumption),
    onProgress: (step) => progress.push(step),
  });
  expect(told).toEqual(done === 0 ? [] : [{ kind: 'resumed', done, total: 48 }]);
  expect(progress[0]).toEqual({ phase: 'pairs', done, total: 48 });
  expect(resumed).toEqual(summary);
  expect(Object.keys(await pairFiles(straight))).toHaveLength(2 + 2 * 5);
  expect(await pairFiles(halves)).toEqual(await pairFiles(straight));
  expect((await readdir(halves.directory)).filter((name) => name[0] === '.')).toEqual([]);
});

it.each([
  ['of the future', ['future/00001.parquet']],
  ['of profiles', ['uqa/00001.parquet']],
  ['of both', ['future/00001.parquet', 'uqa/00001.parquet']],
])('goes on before a shard without its file %s', async (of, lost) => {
  const name = of.replaceAll(' ', '-');
  await using straight = await importVisits(`straight-${name}`);
  await using halves = await importVisits(`halves-${name}`);
  await buildPairs({ dataset: straight, ...options });
  await stoppedAfter(halves, 40);
  for (const file of lost) await rm(join(partial(halves), file));
  await writeFile(join(partial(halves), 'uqa', '.00001.parquet.0a.partial'), 'half');
  const told: Resumption[] = [];
  await buildPairs({ dataset: halves, ...options, onResume: (step) => told.push(step) });
  expect(told).toEqual([{ kind: 'resumed', done: 10, total: 48 }]);
  expect(await pairFiles(halves)).toEqual(await pairFiles(straight));
});

it('starts over where anything differs that pairs depend on', async () => {
  await using dataset = await importVisits('what-differs');
  await stoppedAfter(dataset, 10);
  const kept = `${dataset.directory}-kept`;
  await cp(partial(dataset), kept, { recursive: true });
  /** What a run is told that meets the work of the stopped one. */
  const toldTo = async (change: Partial<BuildPairsOptions>): Promise<Resumption[]> => {
    await rm(partial(dataset), { recursive: true });
    await cp(kept, partial(dataset), { recursive: true });
    const told: Resumption[] = [];
    const abort = new AbortController();
    const building = buildPairs({
      dataset,
      ...options,
      ...change,
      signal: abort.signal,
      onResume: (resumption) => {
        told.push(resumption);
        abort.abort(new Error('enough'));
      },
    });
    await expect(building).rejects.toThrow('enough');
    return told;
  };
  expect(await toldTo({})).toEqual([{ kind: 'resumed', done: 10, total: 48 }]);
  const changes: Partial<BuildPairsOptions>[] = [
    { seed: 6 },
    { splits: ['train'] },
    { horizonDays: [14, 31] },
    { bins: 4 },
    { budget: 5 },
    { futurePerUser: 5 },
    { uqaPerUser: 3 },
    { scaleReferences: 30 },
    { referencesPerShard: 11 },
    { futureWeights: { category: 9 } },
    { futureCategories: 1 },
  ];
  for (const change of changes) {
    const told = [{ kind: 'restarted', reason: 'the options' }];
    expect([change, await toldTo(change)]).toEqual([change, told]);
  }
  expect(await toldTo({ topics: lifeTopics.slice(1) })).toEqual([
    { kind: 'restarted', reason: 'the topics' },
  ]);
  const infoPath = join(dataset.directory, 'dataset.json');
  const stored = JSON.parse(await readFile(infoPath, 'utf8')) as object;
  await writeFile(infoPath, JSON.stringify({ ...stored, digest: 'another' }));
  await using other = await openDataset(dataset.directory);
  expect(await toldTo({ dataset: other, bins: 4 })).toEqual([
    { kind: 'restarted', reason: 'the dataset and the options' },
  ]);
});

it('notes which software worked', async () => {
  await using dataset = await importVisits('software');
  await stoppedAfter(dataset, 10);
  const path = join(partial(dataset), 'origin.json');
  const key = JSON.parse(await readFile(path, 'utf8'));
  const version = 'version of this software';
  expect(key[version]).toMatch(/^\d+, DuckDB v\d/u);
  await writeFile(path, JSON.stringify({ ...key, [version]: '0' }));
  const told: Resumption[] = [];
  await buildPairs({ dataset, ...options, onResume: (step) => told.push(step) });
  expect(told).toEqual([{ kind: 'restarted', reason: `the ${version}` }]);
});

it('starts over without the shards of longer work', async () => {
  await using straight = await importVisits('straight-short');
  await using dataset = await importVisits('shorter');
  const short = { ...options, splits: ['validation'] } as const;
  await buildPairs({ dataset: straight, ...short });
  await stoppedAfter(dataset, 40);
  await buildPairs({ dataset, ...short });
  expect(await pairFiles(dataset)).toEqual(await pairFiles(straight));
});

it('starts over with other options, and keeps former pairs until then', async () => {
  await using dataset = await importVisits('other-options');
  await buildPairs({ dataset, ...options, seed: 1 });
  const former = await readPairs(dataset);
  await stoppedAfter(dataset, 20);
  expect(await readPairs(dataset)).toEqual(former);
  const told: Resumption[] = [];
  await buildPairs({ dataset, ...options, bins: 4, onResume: (step) => told.push(step) });
  expect(told).toEqual([{ kind: 'restarted', reason: 'the options' }]);
  expect(await readPairs(dataset)).not.toEqual(former);
});

it('starts over with an annotator that does not tell what it depends on', async () => {
  await using dataset = await importVisits('unknown-annotator');
  await stoppedAfter(dataset, 20);
  const annotated: string[] = [];
  const told: Resumption[] = [];
  const run = (identity?: string) =>
    buildPairs({
      dataset,
      ...options,
      annotator: {
        ...(identity === undefined ? {} : { identity }),
        annotate: ({ userId }) => {
          annotated.push(userId);
          if (annotated.length === 25) throw new Error('no more');
          return [];
        },
      },
      onResume: (step) => told.push(step),
    });
  await expect(run('a')).rejects.toThrow('no more');
  await run('a');
  expect(annotated.length).toBeLessThan(48 + 20);
  annotated.length = 0;
  await expect(run()).rejects.toThrow('no more');
  annotated.push('');
  await run();
  expect(annotated.slice(-48).toSorted()).toEqual(
    (await dataset.references({ splits: ['train', 'validation'] }))
      .map(({ userId }) => userId)
      .toSorted(),
  );
  expect(told).toEqual([
    { kind: 'restarted', reason: 'the annotator' },
    { kind: 'resumed', done: 20, total: 48 },
    {
      kind: 'restarted',
      reason: 'the annotator, which does not tell what it depends on',
    },
  ]);
});

it('puts former pairs back that a kill at the very end had set aside', async () => {
  await using dataset = await importVisits('set-aside');
  await buildPairs({ dataset, ...options });
  const former = await readPairs(dataset);
  await rename(join(dataset.directory, 'pairs'), join(dataset.directory, '.pairs.replaced'));
  await stoppedAfter(dataset, 0);
  expect(await readPairs(dataset)).toEqual(former);
});

it('removes former pairs that a kill after the very end had left', async () => {
  await using dataset = await importVisits('left-aside');
  await buildPairs({ dataset, ...options });
  const replaced = join(dataset.directory, '.pairs.replaced');
  await cp(join(dataset.directory, 'pairs'), replaced, { recursive: true });
  await buildPairs({ dataset, ...options, seed: 6 });
  await using fresh = await importVisits('nothing-left-aside');
  await buildPairs({ dataset: fresh, ...options, seed: 6 });
  expect(await pairFiles(dataset)).toEqual(await pairFiles(fresh));
  expect((await readdir(dataset.directory)).filter((name) => name[0] === '.')).toEqual([]);
});

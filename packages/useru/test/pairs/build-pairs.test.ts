import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createRandom, InputError } from '@q-anchor/core';
import {
  buildPairs,
  importManifest,
  openDataset,
  type BuildPairsOptions,
  type Dataset,
  type PairsProgress,
  type Resumption,
  type UserPair,
} from '@q-anchor/useru';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { filesOf } from '../support/files-of.js';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'q-anchor-pairs-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface Visit {
  readonly user: number;
  readonly day: number;
  readonly page: string;
}

const userCount = 60;
const referenceDay = 50;
const splitOf = (user: number): string =>
  user % 5 === 0 ? 'test' : user % 5 === 1 ? 'validation' : 'train';

const allVisits = (): Visit[] => {
  const random = createRandom(11);
  const visits: Visit[] = [];
  for (let user = 0; user < userCount; user++) {
    for (let day = 0; day < 100; day++) {
      if (random.uniform() < 0.05 + (user % 7) / 10) {
        visits.push({ user, day, page: random.pick(['quiz', 'forum', 'hotel']) });
      }
    }
  }
  return visits;
};

/** Imports visits as a dataset. */
const importVisits = async (
  name: string,
  options: {
    readonly visits?: readonly Visit[];
    readonly labels?: string;
    readonly observedUntil?: number;
  } = {},
): Promise<Dataset> => {
  const { visits = allVisits(), labels = 'u % 2', observedUntil } = options;
  await writeFile(
    join(root, `${name}.csv`),
    `u,day,page\n${visits.map(({ user, day, page }) => `${user},${day},${page}`).join('\n')}\n`,
  );
  const users = Array.from({ length: userCount }, (_, user) => `${user},${splitOf(user)}`);
  await writeFile(join(root, `${name}-users.csv`), `u,split\n${users.join('\n')}\n`);
  const until = observedUntil === undefined ? '' : `, ${observedUntil} as observed_until`;
  await writeFile(
    join(root, `${name}.yaml`),
    `name: ${name}
windowDays: 40
sources: { visits: ${name}.csv, users: ${name}-users.csv }
references:
  sql: select u as user_id, ${referenceDay} as reference_time, split${until} from users
modalities:
  web: { maxEvents: 30, sql: "select u as user_id, day as time, 'saw ' || page as text, page as category from visits" }
scenarios:
  odd: { domain: test, query: "Is it odd?", sql: "select u as user_id, ${referenceDay} as reference_time, ${labels} as label from users" }
`,
  );
  const outputDir = join(root, `${name}-dataset`);
  await importManifest({ manifestPath: join(root, `${name}.yaml`), outputDir });
  return openDataset(outputDir);
};

const readPairs = async (dataset: Dataset): Promise<UserPair[]> => {
  const pairs: UserPair[] = [];
  for await (const batch of dataset.pairs()) pairs.push(...batch);
  return pairs;
};

const build = async (
  dataset: Dataset,
  options: Partial<BuildPairsOptions> = {},
): Promise<{ pairs: UserPair[]; scale: string }> => {
  await using open = dataset;
  await buildPairs({ dataset: open, seed: 3, ...options });
  const scale = await readFile(join(open.directory, 'pairs', 'scale.json'), 'utf8');
  return { pairs: await readPairs(open), scale };
};

const ofSource = (pairs: readonly UserPair[], source: string) =>
  pairs.filter((pair) => pair.source === source);

describe('buildPairs', () => {
  it('writes the pairs it counts, for the splits asked for', async () => {
    await using dataset = await importVisits('plain');
    const progress: PairsProgress[] = [];
    const summary = await buildPairs({
      dataset,
      seed: 3,
      horizonDays: [14, 30],
      onProgress: (step) => progress.push(step),
    });
    const pairs = await readPairs(dataset);
    const references = await dataset.references({ splits: ['train', 'validation'] });
    expect(summary.references).toBe(references.length);
    expect(new Set(pairs.map(({ userId }) => userId)).size).toBe(references.length);
    for (const [source, perUser] of [
      ['future', 6],
      ['uqa', 2],
    ] as const) {
      const own = ofSource(pairs, source);
      const statistics = summary.sources[source];
      expect(own).toHaveLength(perUser * references.length);
      expect(statistics.pairs).toBe(own.length);
      expect(statistics.distinctAnswers).toBe(new Set(own.map(({ answer }) => answer)).size);
      const equal = own.flatMap((a) => own.filter((b) => a.answer === b.answer)).length;
      expect(statistics.equalAnswerShare).toBeCloseTo(equal / own.length ** 2, 12);
      expect(Object.values(statistics.topics).reduce((sum, n) => sum + n, 0)).toBe(own.length);
    }
    const written = await readFile(join(dataset.directory, 'pairs', 'summary.json'), 'utf8');
    expect(JSON.parse(written)).toEqual(summary);
    expect(progress.at(-1)).toEqual({ phase: 'pairs', done: 48, total: 48 });
  });

  it('gives the same for the same seed, and replaces what was there', async () => {
    const dataset = await importVisits('seeded');
    await buildPairs({ dataset, seed: 9, futurePerUser: 12, uqaPerUser: 5 });
    const first = await build(dataset);
    const second = await build(await importVisits('again'));
    expect(first).toEqual(second);
    expect((await build(await importVisits('other'), { seed: 4 })).pairs).not.toEqual(first.pairs);
  });

  it('lets nothing at or after the reference into an answer about the profile', async () => {
    const visits = allVisits();
    const changed = visits
      .filter(({ day }) => day < referenceDay)
      .concat(Array.from({ length: 40 }, (_, i) => ({ user: i, day: 50 + i, page: 'loan' })));
    // The end of the record is given, so that it does not move with the last action.
    const options = { futurePerUser: 4, uqaPerUser: 6 };
    const one = await build(await importVisits('before', { visits, observedUntil: 100 }), options);
    const two = await build(
      await importVisits('after', { visits: changed, observedUntil: 100 }),
      options,
    );
    expect(ofSource(one.pairs, 'uqa')).toEqual(ofSource(two.pairs, 'uqa'));
    expect(ofSource(one.pairs, 'future')).not.toEqual(ofSource(two.pairs, 'future'));
  });

  it('never reads labels', async () => {
    const one = await build(await importVisits('labels-one'));
    const two = await build(await importVisits('labels-two', { labels: '1 - u % 2' }));
    expect(one).toEqual(two);
  });

  it('fits the level words on training references alone', async () => {
    const isTrain = (pair: UserPair): boolean => splitOf(Number(pair.userId)) === 'train';
    const one = await build(await importVisits('scale-one'));
    const visits = allVisits().filter(
      ({ user, day }) => splitOf(user) === 'train' || day % 7 === user % 7,
    );
    const two = await build(await importVisits('scale-two', { visits }));
    expect(two.scale).toBe(one.scale);
    expect(two.pairs.filter(isTrain)).toEqual(one.pairs.filter(isTrain));
    expect(two.pairs).not.toEqual(one.pairs);
  });

  it('does not take the end of the record for silence', async () => {
    await using dataset = await importVisits('short', { observedUntil: referenceDay + 20 });
    const summary = await buildPairs({ dataset, seed: 1, horizonDays: [14, 30] });
    const pairs = await readPairs(dataset);
    expect(summary.referencesBeyondData).toBe(0);
    const future = ofSource(pairs, 'future');
    expect(future.length).toBeGreaterThan(200);
    for (const { answer, query } of future) {
      expect(`${query} ${answer}`).not.toMatch(/30 days|month|of 30/);
    }
    const none = await buildPairs({ dataset, seed: 1, horizonDays: 30 });
    expect(none.referencesBeyondData).toBe(48);
    expect(none.sources.future.pairs).toBe(0);
    expect(none.sources.uqa.pairs).toBe(96);
  });

  it('takes another annotator', async () => {
    const { pairs } = await build(await importVisits('annotator'), {
      annotator: {
        annotate: (profile, actions) =>
          Promise.resolve([
            { query: 'Who?', answer: `${profile.userId} with ${actions.length}`, source: 'uqa' },
          ]),
      },
    });
    expect(ofSource(pairs, 'uqa')).toHaveLength(48);
    expect(ofSource(pairs, 'uqa')[0]!.answer).toMatch(/^\d+ with \d+$/);
  });

  describe('when it is stopped', () => {
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

    it.each([0, 10, 40])('goes on after %d references, byte by byte', async (done) => {
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
      const [one, two] = [straight, halves].map(({ directory }) => join(directory, 'pairs'));
      expect(Object.keys(await filesOf(one!))).toHaveLength(3 + 2 * 5);
      const { 'origin.json': _, ...files } = await filesOf(one!);
      expect(await filesOf(two!)).toMatchObject(files);
      expect((await readdir(halves.directory)).filter((name) => name[0] === '.')).toEqual([]);
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
  });

  it('refuses a dataset without training references', async () => {
    await using dataset = await importVisits('no-train');
    await expect(buildPairs({ dataset, seed: 1, splits: [] })).rejects.toThrow(InputError);
  });
});

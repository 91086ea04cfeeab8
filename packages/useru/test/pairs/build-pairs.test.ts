import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError } from '@q-anchor/core';
import {
  buildPairs,
  type BuildPairsOptions,
  type Dataset,
  type PairsProgress,
  type UserPair,
} from '@q-anchor/useru';
import { describe, expect, it } from 'vitest';

import { allVisits, importVisits, readPairs, referenceDay, splitOf } from './support/visits.js';

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

  it('refuses a dataset without training references', async () => {
    await using dataset = await importVisits('no-train');
    await expect(buildPairs({ dataset, seed: 1, splits: [] })).rejects.toThrow(InputError);
  });
});

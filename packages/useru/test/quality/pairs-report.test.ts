import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createRandom, InputError } from '@q-anchor/core';
import {
  buildPairs,
  importManifest,
  openDataset,
  pairsReport,
  pairsReportHtml,
  type Annotator,
  type Dataset,
  type PairsReport,
} from '@q-anchor/useru';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';

let root = '';
let dataset: Dataset;
const hostile = '<script>alert(1)</script> \u202E"&';

beforeAll(async () => {
  root = await temporaryFolder();
  const random = createRandom(5);
  const rows: string[] = [];
  for (let user = 0; user < 30; user++) {
    for (let day = 0; day < 90; day += 1 + random.integer(4)) {
      const page = day >= 60 ? random.pick(['forum', 'casino']) : random.pick(['forum', 'quiz']);
      rows.push(`${user},${day},${page}`);
    }
  }
  await writeFile(join(root, 'visits.csv'), `u,day,page\n${rows.join('\n')}\n`);
  await writeFile(
    join(root, 'site.yaml'),
    `name: '${hostile}'
windowDays: 40
sources: { visits: visits.csv }
references: { sql: "select distinct u as user_id, 60 as reference_time, 'train' as split from visits" }
modalities:
  web: { maxEvents: 50, sql: "select u as user_id, day as time, page as text, page as category from visits" }
`,
  );
  await importManifest({ manifestPath: join(root, 'site.yaml'), outputDir: join(root, 'site') });
  dataset = await openDataset(join(root, 'site'));
});
afterAll(() => dataset[Symbol.asyncDispose]());

/** An annotator that always says the same few things. */
const saying = (
  pairs: ReadonlyArray<readonly [query: string, answer: string]>,
  name = 'template',
): Annotator => ({
  name,
  annotate: () =>
    pairs.map(([query, answer]) => ({ query, answer, source: 'uqa', topic: 'category' })),
});

const reportOf = async (annotator?: Annotator): Promise<PairsReport> => {
  await buildPairs({
    dataset,
    seed: 1,
    uqaPerUser: 8,
    ...(annotator === undefined ? {} : { annotator }),
  });
  return pairsReport({ dataset, samplePairs: 5 });
};

describe('pairsReport', () => {
  it('finds no fault with template pairs, and counts them all', async () => {
    const report = await reportOf();
    expect(report.checkedReferences).toBe(30);
    expect(report.uqaLeakage).toEqual({ pairs: 240, faults: 0, findings: [] });
    expect(report.futureLeakage).toEqual({ pairs: 180, faults: 0, findings: [] });
    expect(report.grounding).toEqual({ pairs: 240, faults: 0, findings: [] });
    for (const source of ['uqa', 'future'] as const) {
      const { pairs, topics, answerWords, queryWords, distinct } = report.sources[source];
      const sum = (list: ReadonlyArray<{ readonly pairs: number }>): number =>
        list.reduce((all, entry) => all + entry.pairs, 0);
      expect([sum(topics), sum(answerWords), sum(queryWords)]).toEqual([pairs, pairs, pairs]);
      expect(distinct[0]).toBeLessThan(distinct[1]);
      expect(distinct[1]).toBeLessThan(distinct[2]);
      expect(report.samples[source]).toHaveLength(5);
      expect(report.samples[source][0]).not.toHaveProperty('userId');
    }
    expect(await pairsReport({ dataset, samplePairs: 5 })).toEqual(report);
  });

  it('measures diversity as by hand', async () => {
    const { sources } = await reportOf(
      saying([
        ['One?', 'red tea now'],
        ['Two?', 'red tea now'],
        ['Three?', 'red cup of tea, always and everywhere'],
      ]),
    );
    const { uqa } = sources;
    expect(uqa.pairs).toBe(90);
    expect(uqa.equalAnswerShare).toBeCloseTo((2 / 3) ** 2 + (1 / 3) ** 2, 12);
    expect(uqa.topics).toEqual([
      {
        topic: 'category',
        pairs: 90,
        distinctAnswers: 2,
        equalAnswerShare: uqa.equalAnswerShare,
      },
    ]);
    // 13 words, 10 pairs and 7 triples of words for each user.
    expect(uqa.distinct[0]).toBeCloseTo(8 / (30 * 13), 12);
    expect(uqa.distinct[1]).toBeCloseTo(8 / (30 * 10), 12);
    expect(uqa.distinct[2]).toBeCloseTo(6 / (30 * 7), 12);
    expect(uqa.answerWords).toEqual([
      { from: 1, to: 5, pairs: 60 },
      { from: 6, to: 10, pairs: 30 },
    ]);
  });

  it('finds what comes from after the reference', async () => {
    const { uqaLeakage } = await reportOf(
      saying([
        ['What does the user do?', 'Soon casino.'],
        ['How often does the user deal with casino?', 'Yes: casino 3 times in the last 40 days.'],
        ['How often does the user deal with casino?', 'No sign of casino among 9 records.'],
      ]),
    );
    expect(uqaLeakage.pairs).toBe(90);
    // Some users never come to the casino, and the answers give nothing away of them.
    expect(uqaLeakage.faults).toBeGreaterThan(50);
    expect(uqaLeakage.faults % 2).toBe(0);
    expect(uqaLeakage.findings[0]!.problem).toContain('mentions casino');
    for (const { pair } of uqaLeakage.findings) expect(pair.answer).not.toMatch(/^No sign/u);
  });

  it('finds numbers and names without ground', async () => {
    const { grounding } = await reportOf(
      saying([
        ['How often does the user deal with quiz?', 'Yes: quiz 977 times in the last 40 days.'],
        ['What does the user do?', 'Mostly gardening.'],
      ]),
    );
    expect(grounding!.faults).toBe(60);
    expect(grounding!.findings[0]!.problem).toMatch(/977/u);
    expect(grounding!.findings[1]!.problem).toMatch(/gardening/u);
    expect((await reportOf(saying([['Who?', 'Nobody 977.']], 'llm'))).grounding).toBeUndefined();
  });

  it('needs pairs', async () => {
    await dataset.removePairs();
    await expect(pairsReport({ dataset })).rejects.toThrow(InputError);
  });
});

describe('pairsReportHtml', () => {
  it('is one page without scripts, whatever the texts hold', async () => {
    const report = await reportOf({
      ...saying([['<img src=x onerror=alert(1)>', hostile]]),
      skipped: () => [{ subject: 'ab12', topic: 'tea', reason: '<b>not</b> JSON' }],
    });
    const html = pairsReportHtml(report);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt; \\u{202e}&quot;&amp;');
    expect(html).not.toMatch(/<script|<img|src=x onerror=alert\(1\)>|\u202E/u);
    expect(html).not.toMatch(/(?:src|href)="/u);
    expect(html).toContain("default-src 'none'");
    expect(html).toContain('<td>tea</td><td>&lt;b&gt;not&lt;/b&gt; JSON</td>');
    const tags = [...html.matchAll(/<(\/?)(section|table|tbody|thead|tr|td|th|h2|h3)\b/gu)];
    const open = tags.filter(([, slash]) => slash === '').length;
    expect(2 * open).toBe(tags.length);
    await expect(readFile(join(root, 'site', 'pairs', 'summary.json'), 'utf8')).resolves.toContain(
      'template',
    );
  });
});

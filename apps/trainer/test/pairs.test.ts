import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../packages/core/test/support/temporary-folder.js';
import { startModelServer } from '../../../packages/useru/test/support/model-server.mjs';
import { qAnchor } from './support/command.js';

let root: string;
let dataset: string;
beforeAll(async () => {
  root = await temporaryFolder();
  dataset = join(root, 'dataset');
  await qAnchor(['simulate', '--users', '40', '--seed', '3', '--out', dataset]);
});

describe('pairs by a language model', () => {
  test('are written, counted and paid for once', async () => {
    await using server = await startModelServer({
      faultOf: (n) => (n % 7 === 3 ? 'invalid-json' : undefined),
      verdictOf: ({ index }) => (index === 1 ? 'dropped' : 'supported'),
    });
    process.env['TEST_MODEL_KEY'] = 'a key';
    const args = ['pairs', dataset, '--annotator', 'llm', '--llm-url', server.url, '--quiet'];
    const flags = '--llm-model m --llm-key-env TEST_MODEL_KEY --llm-price-in 1 --llm-max-cost 9';
    const first = await qAnchor([...args, ...flags.split(' '), '--json']);
    expect(first.code).toBe(0);
    const { sources, annotator, references } = JSON.parse(first.stdout);
    expect(annotator.name).toBe('llm');
    expect(annotator.counts).toMatchObject({ drafted: 2 * references, dropRate: 0.5 });
    expect(annotator.counts.cost).toBeCloseTo(server.billed.promptTokens / 1e6, 12);
    expect(sources.uqa.pairs).toBe(references);
    expect(server.requests[0]!.headers['authorization']).toBe('Bearer a key');
    const calls = server.requests.length;
    const again = await qAnchor([...args, ...flags.split(' ')]);
    expect(again.stdout).toMatch(/pairs drafted, .* dropped \(50\.0 %\); 0 requests/u);
    expect(server.requests).toHaveLength(calls);
    const journal = await readFile(join(dataset, 'annotations', 'journal.jsonl'), 'utf8');
    expect(journal.split('\n').length).toBe(calls + 1);
  });

  test.each([
    [['--llm-model', 'm'], '--llm-url: expected a value'],
    [['--llm-url', 'http://127.0.0.1:9/v1'], '--llm-model: expected a value'],
    [
      ['--llm-url', 'http://127.0.0.1:9/v1', '--llm-model', 'm', '--llm-key-env', 'NO_SUCH'],
      '"NO_SUCH", which is not set',
    ],
    [
      ['--llm-url', 'http://127.0.0.1:9/v1', '--llm-model', 'm', '--llm-max-cost', '1'],
      'expected prices',
    ],
  ])('with %j end with 2', async (flags, message) => {
    const { code, stderr } = await qAnchor(['pairs', dataset, '--annotator', 'llm', ...flags]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});

describe('pairs', () => {
  test('take topics of one’s own', async () => {
    const topics = join(root, 'topics.yaml');
    await writeFile(
      topics,
      '- { id: anything, domain: d, name: anything at all, keywords: [a, the, of, food] }\n',
    );
    const own = await qAnchor([
      'pairs',
      dataset,
      '--uqa',
      '30',
      '--topics',
      topics,
      '--json',
      '--quiet',
    ]);
    expect(own.code).toBe(0);
    const { sources } = JSON.parse(own.stdout);
    expect(Object.keys(sources.uqa.topics)).toContain('anything');
    expect(Object.keys(sources.uqa.topics)).not.toContain('groceries');
    await writeFile(topics, '- { id: anything }\n');
    const wrong = await qAnchor(['pairs', dataset, '--topics', topics]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('topics.yaml: 0: ');
  });
});

describe('weights of questions', () => {
  test('say which kinds are drawn', async () => {
    const flags = '--future 3 --weight category=1e6 --weight trend=0 --json --quiet'.split(' ');
    const { code, stdout } = await qAnchor(['pairs', dataset, ...flags]);
    expect(code).toBe(0);
    expect(Object.keys(JSON.parse(stdout).sources.future.topics)).toEqual(['category']);
  });

  test('and how many categories are asked about', async () => {
    const queriesOf = async (...flags: readonly string[]): Promise<number> => {
      const args = '--future 400 --uqa 0 --weight category=1 --json --quiet'.split(' ');
      const { stdout } = await qAnchor(['pairs', dataset, ...args, ...flags]);
      return JSON.parse(stdout).sources.future.topics.category;
    };
    const two = await queriesOf('--categories', '2');
    const all = await queriesOf('--categories', '500');
    expect(two).toBe(Math.round(two / 10) * 10);
    expect(all).toBeGreaterThan(4 * two);
  });

  test.each([
    ['catgory=2', 'found "catgory"'],
    ['category', 'with = between them'],
    ['category=1=2', 'with = between them'],
    ['category=-1', 'at least 0'],
  ])('refuse %s', async (weight, message) => {
    const { code, stderr } = await qAnchor(['pairs', dataset, '--weight', weight]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});

describe('pairs-report', () => {
  test('judges pairs, on a page and as JSON', async () => {
    await qAnchor(['pairs', dataset, '--uqa', '6', '--quiet']);
    const page = join(root, 'pairs.html');
    const { code, stdout } = await qAnchor([
      'pairs-report',
      dataset,
      '--out',
      page,
      '--json',
      '--quiet',
    ]);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.annotator.name).toBe('template');
    for (const name of ['uqaLeakage', 'futureLeakage', 'grounding']) {
      expect(report[name].findings).toEqual([]);
      expect(report[name].pairs).toBeGreaterThan(100);
    }
    expect(await readFile(page, 'utf8')).toMatch(/^<!doctype html>/u);
    const text = await qAnchor(['pairs-report', dataset, '--quiet']);
    expect(text.stdout).toContain('Grounding: 0 of ');
  });
});

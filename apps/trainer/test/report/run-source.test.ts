import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, expect, test } from 'vitest';

import { temporaryFolder } from '../../../../packages/core/test/support/temporary-folder.js';
import { writeEvaluationFile } from '../../src/evaluate/evaluation-file.js';
import type { Report } from '../../src/report/model.js';
import { readRunSources } from '../../src/report/read/run-source.js';
import { writeRunConfig } from '../../src/run/run-config.js';
import { qAnchor } from '../support/command.js';
import { fullRun } from './support/evaluated-run.js';

let root: string;
let run: string;
const write = (file: string, text: string): Promise<void> => writeFile(join(run, file), text);
const report = (...args: readonly string[]) =>
  qAnchor(['report', ...args, '--out', join(root, 'report.html')]);

beforeAll(async () => {
  root = await temporaryFolder();
});

let count = 0;
/** A run's folder with its log of training, and what else is written into it. */
async function runFolder(): Promise<void> {
  count += 1;
  run = join(root, `run-${count}`);
  await mkdir(run);
  const { config, training, evaluation } = await fullRun();
  await writeRunConfig(run, config!);
  const lines = [...training!.steps, ...training!.validations].map((line) => JSON.stringify(line));
  await write('metrics.jsonl', `${lines.join('\n')}\n{"step":301,"lo`);
  const { formatVersion: _version, ...content } = evaluation!;
  await writeEvaluationFile(join(run, 'evaluation.json'), content);
}

test('reads back what a run holds; a line that was cut off at the end is left', async () => {
  await runFolder();
  const [source] = await readRunSources([run]);
  const { training, evaluation } = await fullRun();
  expect(source!.training).toEqual(training);
  expect(source!.evaluation).toEqual(evaluation);
  expect(source).toMatchObject({ name: `run-${count}`, tunings: [], config: { preset: 'nano' } });
});

test('an evaluation by itself is a source, too; equal names are told apart', async () => {
  await runFolder();
  const first = join(root, 'a', 'run');
  const second = join(root, 'b', 'run');
  for (const folder of [first, second]) {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'evaluation.json'), await readFile(join(run, 'evaluation.json')));
  }
  const files = [first, second].map((folder) => join(folder, 'evaluation.json'));
  const sources = await readRunSources(files);
  expect(sources.map(({ name }) => name)).toEqual([
    'a/run/evaluation.json',
    'b/run/evaluation.json',
  ]);
  await expect(readRunSources([first, `${first}/../run`])).rejects.toThrow(/each run once/u);
});

test('the command writes page and numbers; --json prints the same numbers', async () => {
  await runFolder();
  const { code, stdout } = await report(run, '--json', '--quiet');
  expect(code).toBe(0);
  const kept = await readFile(join(root, 'report.json'), 'utf8');
  expect(stdout).toBe(kept);
  const { panels, missing } = JSON.parse(kept) as Report;
  expect(panels.map(({ id }) => id)).toContain('scores');
  expect(missing.map(({ title }) => title)).toContain('Attention by modality');
  const page = await readFile(join(root, 'report.html'), 'utf8');
  const charts = panels.flatMap((panel) => panel.charts);
  expect(page.match(/<svg/gu)).toHaveLength(charts.length);
  // Nothing half-written is left beside them.
  expect((await readdir(root)).filter((name) => name.includes('partial'))).toEqual([]);
});

test.each([
  [
    'evaluation.json',
    '{"formatVersion":2}',
    /evaluation\.json.*format version 1.*evaluate again/su,
  ],
  ['evaluation.json', '{"scenarios":{}}', /evaluation\.json.*without a format version/su],
  ['evaluation.json', '{"formatVersion":1}', /evaluation\.json, key 'made'/u],
  ['evaluation.json', 'no JSON', /evaluation\.json.*expected JSON/su],
  ['metrics.jsonl', '{"step":1}\n{"step":2}\n', /metrics\.jsonl, line 1.*training step/su],
  ['metrics.jsonl', '{"ste\n{}\n', /metrics\.jsonl, line 1/u],
  ['tuning.jsonl', '{"formatVersion":9}\n', /tuning\.jsonl, line 1.*format version 1/su],
  ['attention.json', '{"formatVersion":3}', /attention\.json.*format version 1/su],
  ['attention.json', '{"formatVersion":1,"users":0}', /attention\.json, key 'users'/u],
])('%s of %s is bad input, and nothing is written', async (file, text, message) => {
  await runFolder();
  await write(file, text);
  const out = join(root, 'broken.html');
  const { code, stderr } = await qAnchor(['report', run, '--out', out]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  expect(await readdir(root)).not.toContain('broken.html');
});

test('no run, a run with nothing to show, an unfit place for the page', async () => {
  await runFolder();
  const nothing = await report(join(root, 'nowhere'));
  expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining('found nothing')]);
  const folder = join(root, 'folder');
  await mkdir(folder);
  const none = await report(folder);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('config.json')]);
  await writeRunConfig(folder, (await fullRun()).config!);
  const bare = await report(folder);
  expect([bare.code, bare.stderr]).toEqual([2, expect.stringContaining('q-anchor evaluate')]);
  const text = await qAnchor(['report', run, '--out', join(root, 'report.txt')]);
  expect([text.code, text.stderr]).toEqual([2, expect.stringContaining('*.html')]);
  const away = await qAnchor(['report', run, '--out', join(root, 'missing', 'report.html')]);
  expect([away.code, away.stderr]).toEqual([2, expect.stringContaining('Make the folder first')]);
});

test('a run without an evaluation is shown with a warning of what would add it', async () => {
  await runFolder();
  const other = join(root, 'untested');
  await mkdir(other);
  await writeRunConfig(other, (await fullRun()).config!);
  await writeFile(join(other, 'metrics.jsonl'), await readFile(join(run, 'metrics.jsonl')));
  const { code, stderr } = await report(other);
  expect([code, stderr]).toEqual([0, expect.stringContaining(`q-anchor evaluate ${other}`)]);
});

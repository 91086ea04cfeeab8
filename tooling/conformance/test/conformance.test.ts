import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { beforeEach, describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../packages/core/test/support/temporary-folder.js';
import type { Row } from '../src/result.js';
import { commandResult } from '../src/run.js';

const original = fileURLToPath(new URL('../../goldens', import.meta.url));
let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  await cp(original, folder, { recursive: true });
});

/** Runs the command on the copied folder: its exit code, and the rows that are not in order. */
async function outcome(): Promise<{ readonly exitCode: number; readonly wrong: readonly Row[] }> {
  const { exitCode, stdout } = await commandResult(['--goldens', folder, '--json']);
  const { rows } = JSON.parse(stdout) as { readonly rows: readonly Row[] };
  const wrong = rows.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skipped');
  return { exitCode, wrong };
}

/** File, place in it, rows that miss. */
type Change = readonly [string, readonly (string | number)[], readonly string[]];

const squeezed = (line: string): string => line.replaceAll(/\s+/g, ' ');

type Json = Record<string, unknown> & unknown[];

/** Changes one place of a JSON file. */
async function change(
  file: string,
  {
    path,
    to,
  }: { readonly path: readonly (string | number)[]; readonly to: (old: number) => unknown },
): Promise<void> {
  const json = JSON.parse(await readFile(join(folder, file), 'utf8')) as Json;
  const parent = path.slice(0, -1).reduce((part, key) => part[key as 0] as Json, json);
  const last = path.at(-1) as 0;
  parent[last] = to(parent[last] as number);
  await writeFile(join(folder, file), JSON.stringify(json));
}

const aLittleMore = (old: number): number => old + 1e-3;

describe('the command', () => {
  test('takes the goldens of the project without a folder named, and passes', async () => {
    const { exitCode, stdout, stderr } = await commandResult([]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^golden +error +tolerance +verdict\n/);
    expect(stdout).toMatch(/^qwen2 base hidden states f32 +\S+ +1\.0e-5 +pass$/m);
    expect(stdout).toMatch(/^qwen3 lora gradient norms f64 +\S+ +1\.0e-9 +pass/m);
    expect(stdout).toMatch(/^bert base mean f64 +\S+ +1\.0e-9 +pass$/m);
    expect(stdout).toMatch(/^bert_adapted lora gradient norms f32 +\S+ +5\.0e-5 +pass/m);
    expect(exitCode).toBe(0);
  });

  test('misses one changed number, and names its row', async () => {
    await change('qwen3/expected.json', { path: ['base', 'ntp_loss'], to: aLittleMore });
    const { exitCode, wrong } = await outcome();
    expect(exitCode).toBe(1);
    expect(wrong.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['qwen3 base next-token loss f32', 'miss'],
      ['qwen3 base next-token loss f64', 'miss'],
    ]);
  });

  test('misses a changed number of every quantity, and nothing else', async () => {
    const gradient = 'base_model.model.model.layers.0.mlp.up_proj.lora_B.weight';
    const both = (name: string): readonly string[] => [`${name} f32`, `${name} f64`];
    const changes: readonly Change[] = [
      ['contrastive.json', ['cases', 0, 'paper', 'loss'], both('contrastive paper loss')],
      [
        'contrastive.json',
        ['cases', 1, 'release', 'grad_v', 0, 0],
        both('contrastive release gradients'),
      ],
      ['contrastive.json', ['cases', 2, 'paper', 'mask', 0, 1], ['contrastive paper mask f64']],
      ['adamw.json', ['trajectory', 7, 0, 0], both('adamw trajectory')],
      ['adamw.json', ['grad_norms_before_clipping', 0], both('adamw gradient norms')],
      ['adamw.json', ['schedule', 'peak'], ['adamw schedule']],
      [
        'qwen2/expected.json',
        ['base', 'last_hidden_state', 0, 0, 0],
        both('qwen2 base hidden states'),
      ],
      ['qwen2/expected.json', ['lora', 'logits_row0_last', 3], both('qwen2 lora logits')],
      ['qwen3/expected.json', ['base', 'ntp_loss'], both('qwen3 base next-token loss')],
      ['qwen3/expected.json', ['lora', 'grad_norm', gradient], both('qwen3 lora gradient norms')],
      [
        'user_encoder.json',
        ['user_token_masked', 1, 0],
        both('user_encoder user token, present modalities'),
      ],
      ['user_encoder.json', ['event_tokens', 'bill', 0, 0, 0], both('user_encoder event tokens')],
      ['bert/expected.json', ['cls', 1, 3], both('bert base cls')],
      ['bert/expected.json', ['mean', 2, 0], both('bert base mean')],
      [
        'bert_adapted/expected.json',
        ['lora', 'last_hidden_state', 0, 0, 1],
        both('bert_adapted lora hidden states'),
      ],
      ['bert_adapted/expected.json', ['base', 'loss'], both('bert_adapted base loss')],
      [
        'bert_adapted/expected.json',
        ['base', 'grad_norm', 'embeddings.LayerNorm.bias'],
        both('bert_adapted base gradient norms'),
      ],
      ['metrics.json', ['cases', 2, 'ks'], ['metrics KS']],
      ['probe.json', ['probes', 1, 'coef', 0], ['probe coefficients as given, C = 1']],
      ['probe.json', ['pca', 'abs_components', 0, 0], ['probe PCA components']],
      ['probe.json', ['silhouette'], ['probe silhouette']],
    ];
    for (const [file, path] of changes) await change(file, { path, to: aLittleMore });
    const padding = ['base', 'last_hidden_state', 1, 8, 0]; // not to be compared
    await change('qwen3/expected.json', { path: padding, to: aLittleMore });
    const { exitCode, wrong } = await outcome();
    expect(exitCode).toBe(1);
    expect(new Set(wrong.map(({ verdict }) => verdict))).toEqual(new Set(['miss']));
    expect(wrong.map(({ name }) => name).toSorted()).toEqual(
      changes.flatMap(([, , names]) => names).toSorted(),
    );
  });

  test('reports files that are missing, and takes further decoders', async () => {
    await cp(join(folder, 'qwen3'), join(folder, 'another'), { recursive: true });
    await writeFile(join(folder, 'new.json'), '{}');
    for (const file of ['probe.json', 'qwen2', 'qwen3/adapter_model.safetensors', 'bert']) {
      await rm(join(folder, file), { recursive: true });
    }
    const { exitCode, stdout } = await commandResult(['--goldens', folder]);
    expect(exitCode).toBe(1);
    const lines = stdout.split('\n');
    expect(
      lines.filter((line) => / {2}(absent|skipped|miss|failed) {2}/.test(line)).map(squeezed),
    ).toEqual([
      'qwen2 base absent no qwen2/config.json, qwen2/model.safetensors, qwen2/expected.json',
      'qwen2 lora absent no qwen2/config.json, qwen2/model.safetensors, qwen2/expected.json, qwen2/adapter_config.json, qwen2/adapter_model.safetensors',
      'qwen3 lora absent no qwen3/adapter_model.safetensors',
      'bert base absent no bert/config.json, bert/model.safetensors, bert/expected.json',
      'probe absent no probe.json',
      'new.json skipped no code for this golden',
    ]);
    expect(stdout).toMatch(/^another lora gradient norms f64 .* pass/m);
  });

  test('fails on what it cannot read, and goes on with the rest', async () => {
    await writeFile(join(folder, 'adamw.json'), '{ "initial": [');
    await writeFile(join(folder, 'qwen2', 'model.safetensors'), 'no weights');
    await change('qwen3/config.json', { path: ['hidden_size'], to: () => 24 });
    await change('metrics.json', { path: ['cases', 0, 'ks'], to: () => 'high' });
    const { exitCode, wrong } = await outcome();
    expect(exitCode).toBe(1);
    const remarks = Object.fromEntries(
      wrong.map((row) => [row.name, `${row.verdict}: ${row.remark}`]),
    );
    expect(Object.keys(remarks)).toEqual([
      'adamw',
      'qwen2 base',
      'qwen2 lora',
      'qwen3 base',
      'qwen3 lora',
      'metrics',
    ]);
    expect(remarks['adamw']).toMatch(/^failed: .*adamw\.json: expected JSON/);
    expect(remarks['qwen2 base']).toMatch(/^failed: .*model\.safetensors/);
    expect(remarks['qwen3 base']).toMatch(
      /^failed: model\.embed_tokens\.weight: expected shape \[44, 24\], got \[44, 20\]/,
    );
    expect(remarks['metrics']).toMatch(/^failed: metrics\.json: cases\[0\]: ks: expected numbers/);
  });

  test('fails on gradient norms that are missing, or of what is no parameter', async () => {
    await change('qwen2/expected.json', { path: ['base', 'grad_norm'], to: () => undefined });
    await change('qwen3/expected.json', { path: ['lora', 'grad_norm', 'nothing'], to: () => 1 });
    await change('bert_adapted/expected.json', {
      path: ['base', 'grad_norm', 'nothing'],
      to: () => 1,
    });
    const { exitCode, wrong } = await outcome();
    expect(exitCode).toBe(1);
    expect(wrong.map(({ name, remark }) => `${name}: ${remark}`)).toEqual([
      expect.stringMatching(/^qwen2 base: .*: base: expected an object with the key 'grad_norm'/),
      "qwen3 lora: qwen3/expected.json: lora: grad_norm: expected names of parameters, found 'nothing'",
      "bert_adapted base: bert_adapted/expected.json: base: grad_norm: expected names of parameters, found 'nothing'",
    ]);
  });

  test.each([[['--golden', 'x']], [['folder']], [['--goldens']]])(
    'is used wrongly with %j',
    async (args) => {
      const { exitCode, stdout, stderr } = await commandResult(args);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toMatch(/Usage: pnpm conformance/);
    },
  );

  test('names a folder that is not there', async () => {
    const { exitCode, stderr } = await commandResult(['--goldens', join(folder, 'nowhere')]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/nowhere: expected a folder of goldens/);
  });
});

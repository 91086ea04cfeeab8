import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { initialDualTower, loadModel } from '@q-anchor/dual-tower';
import { userEmbeddingToken } from '@q-anchor/user-tokens';
import { beforeAll, describe, expect, test, vi } from 'vitest';

import { qAnchor, tinyModel } from './support/command.js';
import { trainedRun } from './support/trained-run.js';

// Each test compiles models.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let dataset: string;
let untrained: string;

beforeAll(async () => {
  ({ dataset, run: untrained } = await trainedRun({
    users: 200,
    pairs: ['--future', '1', '--uqa', '1'],
    pretrain: ['--steps', '0', ...tinyModel],
  }));
});

const pretrained = async (name: string, ...flags: readonly string[]): Promise<string> => {
  const run = join(dirname(dataset), name);
  const args = ['pretrain', '--data', dataset, '--out', run, '--steps', '2', ...tinyModel];
  const { code, stderr } = await qAnchor([...args, ...flags, '--quiet']);
  expect([code, stderr]).toEqual([0, '']);
  return run;
};

describe('a run of no steps', () => {
  test('is the model that training would have begun with', async () => {
    const flags = ['--scenario', 'takeout', '--resamples', '5', '--projected-users', '0'];
    const { stdout } = await qAnchor(
      `evaluate ${untrained} --data ${dataset} --json --quiet`.split(' ').concat(flags),
    );
    const { rows } = JSON.parse(stdout).scenarios.takeout;
    expect(rows.query).toEqual(rows.randomEncoder);
  });
});

describe('switches of a model', () => {
  test('its layout and the weight of the contrastive loss are kept with it', async () => {
    const layout = 'coarse-to-fine-without-summary-tokens';
    const flags = ['--prefix-layout', layout, '--contrastive-weight', '0'];
    const { config, collate } = await loadModel(
      join(await pretrained('switched', ...flags), 'model'),
    );
    expect(config.contrastiveWeight).toBe(0);
    expect(collate.layout!.name).toBe(layout);
    const profile = { headerTokens: 0, eventCounts: [1] };
    expect(collate.layout!.arrange(profile).map(({ kind }) => kind)).toEqual([
      'start',
      'event',
      'end',
    ]);
  });

  test('event texts may be embedded by the decoder’s own table, positions turn as they are told', async () => {
    const own = await loadModel(join(untrained, 'model'));
    expect(own.config.users.textEncoder).toBeUndefined();
    const tiny = tinyModel.filter(
      (_, i) => ![tinyModel[i], tinyModel[i - 1]].includes('--event-width'),
    );
    const run = join(dirname(dataset), 'decoders-table');
    const args = ['pretrain', '--data', dataset, '--out', run, '--steps', '2', ...tiny];
    const flags = ['--event-table', 'decoder', '--rotary-base', '1e6', '--quiet'];
    expect(await qAnchor([...args, ...flags])).toMatchObject({ code: 0, stderr: '' });
    const { config, parameters } = await loadModel(join(run, 'model'));
    expect(config.users.textEncoder).toEqual({ kind: 'embedding-table' });
    expect(config.users.eventWidth).toBe(config.decoder.width);
    expect([own.config.decoder.rotaryBase, config.decoder.rotaryBase]).toEqual([1e4, 1e6]);
    expect(Object.keys(own.parameters)).toContain('encoder.text.embedding.weight');
    expect(Object.keys(parameters)).not.toContain('encoder.text.embedding.weight');
    const refused = await qAnchor([...args, ...flags, '--event-width', '24']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--event-table decoder decides it');
  });

  test('questions may join their token, and values start so that words find events', async () => {
    const flags = ['--question-weight', '4', '--start', 'matching', '--event-width', '16'];
    const run = await pretrained('asked', ...flags, '--width', '16', '--steps', '0');
    const { config, collate, parameters } = await loadModel(join(run, 'model'));
    expect(config).toMatchObject({
      questionMean: {
        weight: 4,
        userEmbeddingId: collate.tokenizer.specialId(userEmbeddingToken),
      },
      start: 'matching',
    });
    const drawn = initialDualTower({ ...config, start: 'random' }, 1);
    const name = 'model.layers.0.self_attn.q_proj.weight';
    expect(parameters[name]).toEqual(initialDualTower(config, 1)[name]);
    expect(parameters[name]).not.toEqual(drawn[name]);
    const { config: plain } = await loadModel(join(untrained, 'model'));
    expect([plain.questionMean, plain.start]).toEqual([undefined, undefined]);
    const flagsOfEvaluation = [
      '--scenario',
      'takeout',
      '--resamples',
      '5',
      '--projected-users',
      '0',
    ];
    const { stdout } = await qAnchor(
      `evaluate ${run} --data ${dataset} --json --quiet`.split(' ').concat(flagsOfEvaluation),
    );
    const { rows } = JSON.parse(stdout).scenarios.takeout;
    expect(rows.query).toEqual(rows.randomEncoder);
    expect(rows.query).not.toEqual(rows.noQuery);
  });

  test('embeddings may be what the head reads: trained as others are, as wide as the decoder', async () => {
    const [plain, hidden] = await Promise.all([
      pretrained('plain'),
      pretrained('hidden', '--embedding', 'hidden'),
    ]);
    const [byHead, byHidden] = await Promise.all(
      [plain, hidden].map(async (run) => await loadModel(join(run, 'model'))),
    );
    expect(byHead!.config.embedding).toBeUndefined();
    expect(byHidden!.config.embedding).toBe('hidden');
    expect(byHidden!.parameters).toEqual(byHead!.parameters);
    const flags = ['--scenario', 'takeout', '--resamples', '5', '--projected-users', '0'];
    const dimensions = async (run: string): Promise<number> => {
      const args = `evaluate ${run} --data ${dataset} --rows query --quiet`;
      expect(await qAnchor([...args.split(' '), ...flags])).toMatchObject({ code: 0 });
      return JSON.parse(await readFile(join(run, 'evaluation.json'), 'utf8')).model.dimensions;
    };
    expect([await dimensions(plain), await dimensions(hidden)]).toEqual([
      8,
      byHidden!.config.decoder.width,
    ]);
  });

  test('a run made before there were such switches goes on as it was', async () => {
    const run = await pretrained('former');
    const path = join(run, 'config.json');
    const { hyperparameters, ...rest } = JSON.parse(await readFile(path, 'utf8'));
    const {
      prefixLayout: _layout,
      contrastiveWeight: _weight,
      embedding: _embedding,
      questionWeight: _question,
      start: _start,
      ...former
    } = hyperparameters;
    await writeFile(path, JSON.stringify({ ...rest, hyperparameters: former }));
    const again = ['pretrain', '--data', dataset, '--out', run, '--resume'];
    expect(await qAnchor(again)).toMatchObject({ code: 0 });
    const other = await qAnchor([...again, '--contrastive-weight', '0']);
    expect(other.stderr).toContain('expected 1, as when the run was started');
  });

  test('an unknown layout is refused', async () => {
    const { code, stderr } = await qAnchor(
      `pretrain --data ${dataset} --out x --prefix-layout mine`.split(' '),
    );
    expect(code).toBe(2);
    expect(stderr).toContain('coarse-to-fine-without-user-token');
  });
});

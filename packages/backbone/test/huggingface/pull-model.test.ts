import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeEach, describe, expect, test } from 'vitest';

import { openModelDirectory, pullModel, type PullOptions } from '@q-anchor/backbone';
import { InputError, UnavailableError } from '@q-anchor/core';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import {
  commit,
  repository,
  startHub,
  type HubBehaviour,
  type HubServer,
  type ServedFile,
} from './support/hub-server.js';
import { tinyModel, writeTinyModel } from './support/tiny-directory.js';

/** Files of a tiny model, and what such repositories have beside them. */
async function servedFiles(shards = 1): Promise<Record<string, ServedFile>> {
  const directory = await writeTinyModel(tinyModel('qwen2'), { shards });
  const files: Record<string, ServedFile> = {
    '.gitattributes': { content: Buffer.from('*.safetensors filter=lfs') },
    'pytorch_model.bin': { content: Buffer.alloc(500), isLarge: true },
    'modeling.py': { content: Buffer.from('raise SystemExit') },
    'onnx/model.onnx': { content: Buffer.alloc(200), isLarge: true },
    'README.md': { content: Buffer.from('# tiny') },
  };
  for (const name of await readdir(directory)) {
    const isLarge = name.endsWith('.safetensors') || name === 'tokenizer.json';
    files[name] = { content: await readFile(join(directory, name)), isLarge };
  }
  return files;
}

const wanted = [
  'config.json',
  'generation_config.json',
  'model.safetensors',
  'tokenizer.json',
  'tokenizer_config.json',
];

let folder = '';
let directory = '';
beforeEach(async () => {
  folder = await temporaryFolder();
  directory = join(folder, 'models', 'tiny');
});

const hub = async (behaviour: Partial<HubBehaviour> = {}): Promise<HubServer> =>
  startHub({ files: await servedFiles(), ...behaviour });

const pull = ({ endpoint }: { endpoint: string }, options: Partial<PullOptions> = {}) =>
  pullModel(repository, { directory, endpoint, ...options });

/** Requests of files' bytes. */
const ranges = ({ requests }: HubServer, path: string) =>
  requests.filter((request) => request.path === `/storage/${path}`).map(({ range }) => range);

describe('pulling', () => {
  test('takes configuration, tokenizer and safetensors, byte for byte, and nothing else', async () => {
    await using server = await hub({ pageSize: 3 });
    const seen: [number, number, string][] = [];
    const pulled = await pull(server, { onProgress: (...progress) => seen.push(progress) });
    const { files } = server.behaviour;
    expect((await readdir(directory)).toSorted()).toEqual(wanted);
    for (const name of wanted) {
      expect((await readFile(join(directory, name))).equals(files[name]!.content)).toBe(true);
    }
    const bytes = wanted.reduce((sum, name) => sum + files[name]!.content.length, 0);
    expect(pulled).toMatchObject({ directory, bytes, commit });
    expect(pulled.files.toSorted()).toEqual(wanted);
    expect(seen.at(-1)).toEqual([bytes, bytes, 'model.safetensors']);
    expect(seen.map(([done]) => done)).toEqual(
      seen.map(([done]) => done).toSorted((a, b) => a - b),
    );
    expect(await readdir(join(folder, 'models'))).toEqual(['tiny']);
    await using model = await openModelDirectory(directory);
    expect(model.kind).toBe('decoder');
  });

  test('shards come with their index', async () => {
    await using server = await hub({ files: await servedFiles(2) });
    await pull(server);
    expect((await readdir(directory)).filter((name) => name.includes('safetensors'))).toEqual([
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
    ]);
    await using model = await openModelDirectory(directory);
    expect(model.weights.names.length).toBeGreaterThan(10);
  });

  test('the pooling of a text encoder comes along', async () => {
    const files = await servedFiles();
    files['1_Pooling/config.json'] = { content: Buffer.from('{"pooling_mode_mean_tokens":true}') };
    await using server = await hub({ files });
    await pull(server);
    expect(await readdir(join(directory, '1_Pooling'))).toEqual(['config.json']);
  });

  test('sends the token to the hub', async () => {
    await using server = await hub({ token: 'hf_secret' });
    await pull(server, { token: 'hf_secret' });
    expect(server.requests[0]!.authorization).toBe('Bearer hf_secret');
  });

  test('what is there already is not fetched again; something else is not touched', async () => {
    await using server = await hub();
    await pull(server);
    server.requests.length = 0;
    expect(await pull(server)).toMatchObject({ directory });
    expect(server.requests).toHaveLength(1);
    await writeFile(join(directory, 'config.json'), '{}');
    await expect(pull(server)).rejects.toThrow(
      /tiny: expected nothing, or this very model.*config/,
    );
    expect(await readFile(join(directory, 'config.json'), 'utf8')).toBe('{}');
  });
});

describe('a connection that breaks', () => {
  test('goes on where it was, in the same call', async () => {
    await using server = await hub({ cuts: 3 });
    await pull(server);
    const { content } = server.behaviour.files['model.safetensors']!;
    expect((await readFile(join(directory, 'model.safetensors'))).equals(content)).toBe(true);
    expect(server.requests.filter(({ range }) => range !== undefined)).toHaveLength(3);
  });

  test('goes on where it was, in a later call', async () => {
    await using server = await hub();
    const controller = new AbortController();
    const { content } = server.behaviour.files['model.safetensors']!;
    const stopped = pull(server, {
      signal: controller.signal,
      onProgress: (_, __, file) => {
        if (file !== 'model.safetensors') server.behaviour.cuts = 1;
        else controller.abort();
      },
    });
    await expect(stopped).rejects.toThrow(/abort/i);
    expect(await readdir(join(folder, 'models'))).toEqual(['tiny.part']);
    const kept = await readFile(join(`${directory}.part`, 'model.safetensors.part'));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(content.length);

    server.behaviour.cuts = 0;
    server.requests.length = 0;
    await pull(server);
    expect(ranges(server, 'model.safetensors')).toEqual([`bytes=${kept.length}-`]);
    expect(ranges(server, 'tokenizer.json')).toEqual([]);
    expect((await readFile(join(directory, 'model.safetensors'))).equals(content)).toBe(true);
  });

  test('starts anew where the server knows no ranges', async () => {
    await using server = await hub({ ignoresRanges: true, cuts: 1 });
    await pull(server);
    await using model = await openModelDirectory(directory);
    expect(model.kind).toBe('decoder');
  });

  test('is an error when nothing more comes, and what came is kept', async () => {
    await using server = await hub({ cuts: 1 });
    const pulling = pull(server, {
      onProgress: () => (server.behaviour.failures = { status: 503, left: 1000 }),
    });
    await expect(pulling).rejects.toThrow(
      /is unavailable: owner\/tiny-model\/config\.json: it answered 503.*pulling again goes on/,
    );
    await expect(pulling).rejects.toBeInstanceOf(UnavailableError);
    const { content } = server.behaviour.files['config.json']!;
    const kept = await readFile(join(`${directory}.part`, 'config.json.part'));
    expect(kept.length).toBe(Math.ceil(content.length / 2));
    expect(content.subarray(0, kept.length).equals(kept)).toBe(true);
  });

  test('a busy server is asked again', async () => {
    await using server = await hub({ failures: { status: 503, left: 2 } });
    await pull(server);
    expect((await readdir(directory)).toSorted()).toEqual(wanted);
  });
});

describe('checksums', () => {
  test.each(['model.safetensors', 'config.json'])(
    'a damaged %s is refused and removed',
    async (name) => {
      await using server = await hub();
      const damaged = Buffer.from(server.behaviour.files[name]!.content);
      damaged[damaged.length - 1]! ^= 1;
      server.behaviour.damage = { [name]: damaged };
      const pulling = pull(server);
      await expect(pulling).rejects.toThrow(
        new RegExp(
          `tiny-model/${name}: expected ${name === 'config.json' ? 'git SHA-1' : 'SHA-256'} [0-9a-f]{40,64}, found [0-9a-f]{40,64}.*pull again`,
        ),
      );
      await expect(pulling).rejects.toBeInstanceOf(InputError);
      const left = await readdir(`${directory}.part`).catch(() => []);
      expect(left).not.toContain(name);
      expect(left).not.toContain(`${name}.part`);
      server.behaviour.damage = {};
      await pull(server);
      expect((await readdir(directory)).toSorted()).toEqual(wanted);
    },
  );

  test('a kept part of another version is thrown away', async () => {
    await using server = await hub();
    await mkdir(`${directory}.part`, { recursive: true });
    await writeFile(join(`${directory}.part`, 'model.safetensors.part'), Buffer.alloc(64, 7));
    await writeFile(join(`${directory}.part`, 'model-00001-of-00002.safetensors'), 'leftover');
    await pull(server);
    expect(ranges(server, 'model.safetensors')).toEqual(['bytes=64-', undefined]);
    expect((await readdir(directory)).toSorted()).toEqual(wanted);
  });

  test('a longer file than the listed one', async () => {
    await using server = await hub();
    const { content } = server.behaviour.files['config.json']!;
    server.behaviour.damage = { 'config.json': Buffer.concat([content, Buffer.from(' ')]) };
    await expect(pull(server)).rejects.toThrow(/config\.json: expected \d+ bytes.*found more/);
  });
});

describe('what cannot be pulled', () => {
  test.each([
    [401, /tiny-model, revision main: .*no access \(401\).*HF_TOKEN/],
    [403, /no access \(403\).*Accept the conditions/],
    [404, /nothing of that name or revision \(404\).*owner\/name/],
  ])('%i', async (status, message) => {
    await using server = await hub({ status });
    await expect(pull(server)).rejects.toThrow(message);
    await expect(pull(server)).rejects.toBeInstanceOf(InputError);
    expect(await readdir(folder)).toEqual([]);
  });

  test('a revision that is not there', async () => {
    await using server = await hub();
    await expect(pull(server, { revision: 'v9' })).rejects.toThrow(/revision v9: .*404/);
    expect(await pull(server, { revision: commit })).toMatchObject({ commit });
  });

  test('a hub with troubles', async () => {
    await using server = await hub({ status: 500 });
    await expect(pull(server)).rejects.toThrow(/is unavailable: .*answered 500.*later/);
  });

  test('no server at all: how to place the files by hand', async () => {
    const server = await hub();
    await server[Symbol.asyncDispose]();
    const pulling = pull(server);
    await expect(pulling).rejects.toBeInstanceOf(UnavailableError);
    await expect(pulling).rejects.toThrow(
      /127\.0\.0\.1:\d+ is unavailable: the list of files of owner\/tiny-model: ECONNREFUSED.*place config\.json.*\.safetensors files.*by hand.*HF_ENDPOINT/,
    );
  });

  test('a model of pickles alone, and one without a tokenizer', async () => {
    await using server = await hub();
    const { 'model.safetensors': _, ...pickled } = server.behaviour.files;
    server.behaviour.files = pickled;
    await expect(pull(server)).rejects.toThrow(
      /expected weights in model\.safetensors.*found only pytorch_model\.bin.*not fetched/,
    );
    delete server.behaviour.files['tokenizer.json'];
    await expect(pull(server)).rejects.toThrow(/found no tokenizer\.json/);
  });

  test.each([['../etc'], ['a/b/c'], [''], ['a b'], ['https://x.yz/a']])(
    'the name %j',
    async (name) => {
      await expect(pullModel(name, { directory })).rejects.toThrow(/model: expected a name like/);
    },
  );

  test('an address that is none', async () => {
    await expect(pullModel(repository, { directory, endpoint: 'ftp://x' })).rejects.toThrow(
      /endpoint: .*HF_ENDPOINT/,
    );
  });
});

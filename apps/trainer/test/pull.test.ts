import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { temporaryFolder } from '../../../packages/core/test/support/temporary-folder.js';
import { qAnchor } from './support/command.js';

const files: Readonly<Record<string, string>> = {
  'config.json': '{"model_type":"qwen2"}',
  'tokenizer.json': '{"model":{}}',
  'model.safetensors': 'weights '.repeat(1000),
};

let root: string;
let server: Server;
let tokens: (string | undefined)[];
beforeEach(async () => {
  root = await temporaryFolder();
  tokens = [];
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://hub');
    tokens.push(request.headers.authorization);
    if (pathname === '/api/models/owner/tiny/tree/main') {
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify(
          Object.entries(files).map(([path, content]) => ({
            type: 'file',
            path,
            size: content.length,
            oid: createHash('sha1').update(`blob ${content.length}\0${content}`).digest('hex'),
          })),
        ),
      );
      return;
    }
    const content = files[pathname.replace('/owner/tiny/resolve/main/', '')];
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('HF_TOKEN', 'hf_secret');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('pull fetches a model and says where it is', async () => {
  const out = join(root, 'tiny');
  const { code, stdout, stderr } = await qAnchor(['pull', 'owner/tiny', '--out', out]);
  expect(stderr).toContain('Pulling');
  expect(code).toBe(0);
  expect(stdout).toBe(`owner/tiny: 3 files, 0 MB, in ${out}\n`);
  for (const [name, content] of Object.entries(files)) {
    expect(await readFile(join(out, name), 'utf8')).toBe(content);
  }
  expect(new Set(tokens)).toEqual(new Set(['Bearer hf_secret']));
  const again = await qAnchor(['pull', 'owner/tiny', '--out', out, '--json', '--quiet']);
  expect(JSON.parse(again.stdout)).toMatchObject({ directory: out, files: Object.keys(files) });
  expect(again.stderr).toBe('');
});

test('a model that is not there ends with 2, a hub that is not there with 1', async () => {
  const out = join(root, 'nothing');
  const missing = await qAnchor(['pull', 'owner/other', '--out', out]);
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('404')]);
  vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9');
  const offline = await qAnchor(['pull', 'owner/tiny', '--out', out]);
  expect([offline.code, offline.stderr]).toEqual([1, expect.stringContaining('by hand')]);
  expect(await readdir(root)).toEqual([]);
});

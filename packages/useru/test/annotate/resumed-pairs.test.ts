import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  buildPairs,
  importManifest,
  openDataset,
  openLlmAnnotator,
  type Resumption,
} from '@q-anchor/useru';
import { expect, it } from 'vitest';

import { openShop, shopManifest, type Shop } from '../shop.js';
import { filesOf } from '../support/files-of.js';
import { startModelServer, type ModelServer, type SeenRequest } from '../support/model-server.mjs';

const customers = 30;

const importShop = async (): Promise<Shop> => {
  const bought = Array.from(
    { length: 4 * customers },
    (_, i) =>
      `${i % customers},${i % 9},${['bread', 'lamp'][i % 2]} ${i % customers},${i % 7},food`,
  );
  const points = Array.from({ length: customers }, (_, i) => `${i},10,train,${i % 2}`);
  const shop = await openShop(shopManifest(), {
    'bought.csv': `customer,day,what,price,kind\n${bought.join('\n')}\n`,
    'customers.csv': 'customer,city,age\n1,Ghent,30\n',
    'points.csv': `customer,day,split,returned\n${points.join('\n')}\n`,
  });
  await importManifest(shop);
  return shop;
};

/** Some customers' answers are never valid. */
const faultOf = (_: number, { messages }: SeenRequest['body']): string | undefined =>
  /(?:bread|lamp) (?:4|25)"/u.test(messages[1]!.content) ? 'wrong-count' : undefined;

const build = async (
  shop: Shop,
  server: ModelServer,
  signal?: AbortSignal,
): Promise<readonly Resumption[]> => {
  const told: Resumption[] = [];
  await using dataset = await openDataset(shop.outputDir);
  await using annotator = await openLlmAnnotator({
    url: server.url,
    model: 'test-model',
    directory: join(shop.outputDir, 'annotations'),
    prices: { inputPerMillion: 0.1, outputPerMillion: 0.7 },
    backoff: { baseSeconds: 0.001, maxSeconds: 0.002 },
  });
  await buildPairs({
    dataset,
    annotator,
    seed: 1,
    horizonDays: 3,
    futurePerUser: 1,
    referencesPerShard: 10,
    ...(signal === undefined ? {} : { signal }),
    onResume: (resumption) => told.push(resumption),
  });
  return told;
};

const pairFiles = ({ outputDir }: Shop) => filesOf(join(outputDir, 'pairs'));

it('pairs of a language model are the same, byte by byte, wherever the run was stopped', async () => {
  const [straight, halves] = [await importShop(), await importShop()];
  await using server = await startModelServer({ faultOf });
  await build(straight, server);
  const summary = JSON.parse(
    await readFile(join(straight.outputDir, 'pairs', 'summary.json'), 'utf8'),
  );
  expect(summary.annotator).toMatchObject({ name: 'llm', counts: { drafted: 56, skipped: 4 } });
  expect(summary.annotator.skipped).toHaveLength(4);

  for (const moment of [5, 20, 30]) {
    const abort = new AbortController();
    await using flaky = await startModelServer({
      // Failures on the way change nothing either.
      faultOf: (n, body) => (n % 5 === 2 ? 'status-500' : faultOf(n, body)),
      onRequest: (n) => {
        if (n === moment) abort.abort(new Error('by hand'));
      },
    });
    await expect(build(halves, flaky, abort.signal)).rejects.toThrow('by hand');
  }
  expect(await build(halves, server)).toEqual([{ kind: 'resumed', done: 10, total: 30 }]);
  expect(await pairFiles(halves)).toEqual(await pairFiles(straight));
});

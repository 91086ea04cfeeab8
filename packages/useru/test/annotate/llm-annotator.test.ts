import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError, type QueryAnswer, type UserProfile } from '@q-anchor/core';
import { openLlmAnnotator, type LlmAnnotatorOptions } from '@q-anchor/useru';
import { beforeAll, describe, expect, it } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { faults, startModelServer, type ModelServer } from '../support/model-server.mjs';

let root = '';
beforeAll(async () => {
  root = await temporaryFolder();
});

let folders = 0;
const newFolder = (): string => join(root, `${folders++}`);

const userOf = (i: number): UserProfile => ({
  userId: `customer-${1000 + i}`,
  referenceDays: 100,
  events: {
    bill: Array.from({ length: 3 + i }, (_, k) => ({
      timeDays: 80 + k / 2,
      text: k % 2 === 0 ? 'river cafe' : 'night taxi',
      value: 10 + k,
    })),
    search: [{ timeDays: 95, text: 'cheap hotel' }],
  },
  tabular: { city: 'Lyon', age: 30 + i },
});
const users = Array.from({ length: 12 }, (_, i) => userOf(i));
const prices = { inputPerMillion: 3, outputPerMillion: 12 };

const optionsOf = (
  server: ModelServer,
  directory: string,
  more: Partial<LlmAnnotatorOptions> = {},
): LlmAnnotatorOptions => ({
  url: server.url,
  model: 'test-model',
  directory,
  prices,
  backoff: { baseSeconds: 0.001, maxSeconds: 0.002 },
  timeoutSeconds: 20,
  ...more,
});

/** Pairs of all users, asked for together. */
const annotateAll = async (
  options: LlmAnnotatorOptions,
  signal?: AbortSignal,
): Promise<{
  pairs: QueryAnswer[][];
  report: Readonly<Record<string, number>>;
  effort: Readonly<Record<string, number>>;
}> => {
  await using annotator = await openLlmAnnotator(options);
  const stop = signal === undefined ? {} : { signal };
  const settled = await Promise.allSettled(
    users.map((user, seed) => annotator.annotate(user, [], { count: 3, seed, ...stop })),
  );
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return {
    pairs: settled.map((result) => (result.status === 'fulfilled' ? result.value : [])),
    report: annotator.report(),
    effort: annotator.effort(),
  };
};

const linesOf = async (directory: string, name: string): Promise<Array<Record<string, unknown>>> =>
  (await readFile(join(directory, name), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const costOf = ({ billed }: ModelServer): number =>
  (3 * billed.promptTokens + 12 * billed.completionTokens) / 1e6;

/** What an endpoint without faults gives. */
let undisturbedPairs: QueryAnswer[][] | undefined;
const undisturbed = async (): Promise<QueryAnswer[][]> => {
  if (undisturbedPairs !== undefined) return undisturbedPairs;
  await using server = await startModelServer();
  undisturbedPairs = (await annotateAll(optionsOf(server, newFolder()))).pairs;
  return undisturbedPairs;
};

describe('openLlmAnnotator', () => {
  it('writes pairs in two calls a user, with a transcript for each pair', async () => {
    await using server = await startModelServer({
      verdictOf: ({ index }) => (['supported', 'revised', 'dropped'] as const)[index]!,
    });
    const directory = newFolder();
    const { pairs, report, effort } = await annotateAll(optionsOf(server, directory));
    expect(effort).toEqual({ requests: 24, reusedAnswers: 0, retries: 0 });
    expect(server.requests).toHaveLength(24);
    for (const list of pairs) {
      expect(list).toHaveLength(2);
      expect(list[0]!.answer).toMatch(/^Seen among \d+ records of 90 days: /u);
      expect(list[1]!.answer).toMatch(/^Revised: /u);
      expect(new Set(list.map(({ topic }) => topic)).size).toBe(2);
    }
    expect(report).toMatchObject({
      drafted: 36,
      supported: 12,
      revised: 12,
      dropped: 12,
      dropRate: 1 / 3,
      skipped: 0,
      answers: 24,
      invalidAnswers: 0,
      promptTokens: server.billed.promptTokens,
      completionTokens: server.billed.completionTokens,
    });
    expect(report['cost']).toBeCloseTo(costOf(server), 12);
    const transcripts = await linesOf(directory, 'transcripts.jsonl');
    expect(transcripts).toHaveLength(36);
    expect(new Set(transcripts.map(({ key }) => key)).size).toBe(36);
    expect(transcripts.filter(({ verdict }) => verdict === 'dropped')).toHaveLength(12);
    const files = await readFile(join(directory, 'journal.jsonl'), 'utf8');
    expect(files + JSON.stringify(transcripts)).not.toContain('customer-');
  });

  it.each(faults)('loses and doubles nothing where requests end in %s', async (fault) => {
    const isStall = fault.startsWith('stall');
    const every = isStall ? 8 : 3;
    await using server = await startModelServer({
      faultOf: (n) => (n % every === 1 ? fault : undefined),
    });
    const directory = newFolder();
    const options = optionsOf(server, directory, {
      // With so many faults one answer may meet several of them in a row.
      maxAttempts: 60,
      ...(isStall && { timeoutSeconds: 2 }),
    });
    const { pairs, report, effort } = await annotateAll(options);
    expect(pairs).toEqual(await undisturbed());
    // On a busy machine a good answer may come after its time is over: billed, but not seen.
    const unseenCost = costOf(server) - report['cost']!;
    expect(unseenCost).toBeGreaterThan(-1e-12);
    expect(unseenCost).toBeLessThan(isStall ? Infinity : 1e-12);
    expect(effort['retries']).toBeGreaterThanOrEqual(24 / every);
    expect(effort['requests']).toBe(server.requests.length);
    expect(report['answers']! - report['invalidAnswers']!).toBe(24);
    const answers = (await linesOf(directory, 'journal.jsonl')).filter(
      ({ type }) => type === 'answer',
    );
    expect(answers).toHaveLength(24);
    expect(await linesOf(directory, 'transcripts.jsonl')).toHaveLength(36);
  });

  it('waits as long as Retry-After says, and lets all others wait', async () => {
    await using server = await startModelServer({
      faultOf: (n) => (n === 0 ? 'rate-limit' : undefined),
      retryAfterSeconds: 1,
    });
    await annotateAll(optionsOf(server, newFolder(), { concurrency: 1 }));
    expect(server.requests[1]!.time - server.requests[0]!.time).toBeGreaterThan(990);
  });

  it('has no more calls under way than it may', async () => {
    await using server = await startModelServer();
    await annotateAll(optionsOf(server, newFolder(), { concurrency: 3 }));
    expect(server.mostOpen()).toBe(3);
  });

  it('goes on where it was stopped, and pays for nothing twice', async () => {
    const abort = new AbortController();
    const directory = newFolder();
    await using server = await startModelServer({
      onRequest: (n) => {
        if (n === 9) abort.abort(new Error('stopped by hand'));
      },
    });
    const options = optionsOf(server, directory, { concurrency: 2 });
    await expect(annotateAll(options, abort.signal)).rejects.toThrow('stopped by hand');
    const before = server.requests.length;
    expect(before).toBeLessThan(12);
    // As a kill in the middle of a write leaves them.
    await appendFile(join(directory, 'journal.jsonl'), '{"type":"answer","key":"abc');
    await appendFile(join(directory, 'transcripts.jsonl'), '{"key":');
    const { pairs, report, effort } = await annotateAll(options);
    expect(pairs).toEqual(await undisturbed());
    expect(effort['reusedAnswers']).toBeGreaterThanOrEqual(before - 2);
    expect(effort['reusedAnswers']! + effort['requests']!).toBe(24);
    expect(report['answers']).toBe(24);
    expect(report['cost']).toBeGreaterThan(0.9 * costOf(server));
    expect(await linesOf(directory, 'transcripts.jsonl')).toHaveLength(36);

    const again = await annotateAll(options);
    expect(again.pairs).toEqual(pairs);
    expect(again.effort['requests']).toBe(0);
    expect(again.report).toEqual(report);
  });

  it('stops before a limit of cost is passed, and goes on when it is raised', async () => {
    await using server = await startModelServer();
    const directory = newFolder();
    const options = optionsOf(server, directory, { maxOutputTokens: 400 });
    const maxCost = 0.06;
    await expect(annotateAll({ ...options, maxCost })).rejects.toThrow(InputError);
    expect(costOf(server)).toBeLessThanOrEqual(maxCost);
    expect(server.requests.length).toBeGreaterThan(0);
    await expect(annotateAll({ ...options, maxCost })).rejects.toThrow(/maxCost: expected calls/u);
    const { pairs } = await annotateAll({ ...options, maxCost: 10 });
    expect(pairs).toEqual(await undisturbed());
  });

  it('gives up on what trying again does not mend', async () => {
    await using server = await startModelServer({ faultOf: () => 401 });
    await expect(annotateAll(optionsOf(server, newFolder(), { concurrency: 1 }))).rejects.toThrow(
      /test-model at .* is unavailable: it answers with status 401/u,
    );
    expect(server.requests).toHaveLength(users.length);
  });

  it('asks for JSON in the way an endpoint knows', async () => {
    for (const structuredOutput of ['schema', 'object', 'words'] as const) {
      await using server = await startModelServer();
      const { pairs } = await annotateAll(optionsOf(server, newFolder(), { structuredOutput }));
      expect(pairs.flat()).toHaveLength(36);
      const { response_format: format, messages } = server.requests[0]!.body;
      expect(format?.type).toBe(
        { schema: 'json_schema', object: 'json_object', words: undefined }[structuredOutput],
      );
      expect(messages[0]!.content.includes('"additionalProperties":false')).toBe(
        structuredOutput !== 'schema',
      );
    }
  });

  it('sends the key and nothing of the machine’s settings', async () => {
    await using server = await startModelServer();
    await annotateAll(optionsOf(server, newFolder(), { apiKey: 'secret-key' }));
    expect(server.requests[0]!.headers['authorization']).toBe('Bearer secret-key');
  });

  it('refuses what cannot work', async () => {
    await using server = await startModelServer();
    const options = optionsOf(server, newFolder());
    await expect(openLlmAnnotator({ ...options, concurrency: 0 })).rejects.toThrow(InputError);
    await expect(openLlmAnnotator({ ...options, url: 'not an address' })).rejects.toThrow(
      /url: expected an http or https address/u,
    );
    const damaged = newFolder();
    await annotateAll({ ...options, directory: damaged });
    const path = join(damaged, 'journal.jsonl');
    const lines = (await readFile(path, 'utf8')).split('\n');
    await writeFile(path, [lines[0], 'no json', ...lines.slice(1)].join('\n'));
    await expect(openLlmAnnotator({ ...options, directory: damaged })).rejects.toThrow(
      /journal\.jsonl: expected a JSON object on each line/u,
    );
  });
});

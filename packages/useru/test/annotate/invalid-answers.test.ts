import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { UnavailableError, type QueryAnswer, type UserProfile } from '@q-anchor/core';
import { openLlmAnnotator, type LlmAnnotatorOptions, type SkippedTopic } from '@q-anchor/useru';
import { beforeAll, describe, expect, it } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { startModelServer, type ModelServer, type SeenRequest } from '../support/model-server.mjs';

let root = '';
beforeAll(async () => {
  root = await temporaryFolder();
});

const maxAttempts = 3;
const topics = ['tea', 'taxi', 'tennis', 'travel'].map((word) => ({
  id: word,
  domain: 'd',
  name: `the ${word}`,
  keywords: [word],
}));
const users = ['calm', 'cursed', 'plain'].map((word): UserProfile => ({
  userId: `customer-${word}`,
  referenceDays: 100,
  events: {
    bill: `tea tea tea tea taxi taxi taxi tennis tennis travel ${word}`
      .split(' ')
      .map((text, i) => ({ timeDays: 80 + i, text })),
  },
  tabular: {},
}));

interface Asked {
  readonly topics?: ReadonlyArray<{ readonly id: string }>;
  readonly drafts?: ReadonlyArray<{ readonly topic: string }>;
}
const askedIn = ({ messages }: SeenRequest['body']): Asked =>
  JSON.parse(messages[1]!.content) as Asked;
const isCursed = ({ messages }: SeenRequest['body']): boolean =>
  messages[1]!.content.includes('"cursed"');

interface Outcome {
  readonly pairs: readonly QueryAnswer[][];
  readonly report: Readonly<Record<string, number>>;
  readonly skipped: readonly SkippedTopic[];
}

const annotateAll = async (
  server: ModelServer,
  directory: string,
  more: Partial<LlmAnnotatorOptions> & { readonly signal?: AbortSignal } = {},
): Promise<Outcome> => {
  const { signal, ...options } = more;
  await using annotator = await openLlmAnnotator({
    url: server.url,
    model: 'test-model',
    directory,
    topics,
    maxAttempts,
    concurrency: 1,
    prices: { inputPerMillion: 0.3, outputPerMillion: 0.7 },
    backoff: { baseSeconds: 0.001, maxSeconds: 0.002 },
    ...options,
  });
  const pairs: QueryAnswer[][] = [];
  for (const [seed, user] of users.entries()) {
    const stop = signal === undefined ? {} : { signal };
    pairs.push(await annotator.annotate(user, [], { count: 3, seed, ...stop }));
  }
  return { pairs, report: annotator.report(), skipped: annotator.skipped() };
};

const newFolder = (): Promise<string> => mkdtemp(join(root, 'run-'));
const lengths = ({ pairs }: Outcome): number[] => pairs.map((list) => list.length);

describe('a question that never gets a valid answer', () => {
  it('costs its user’s pairs, and nobody else’s', async () => {
    await using server = await startModelServer({
      faultOf: (_, body) => (isCursed(body) ? 'invalid-json' : undefined),
    });
    const directory = await newFolder();
    const outcome = await annotateAll(server, directory);
    expect(lengths(outcome)).toEqual([3, 0, 3]);
    // All topics together, then the best three alone.
    expect(server.requests.filter(({ body }) => isCursed(body))).toHaveLength(4 * maxAttempts);
    expect(outcome.skipped.map(({ topic }) => topic)).toEqual(['taxi', 'tea', 'tennis']);
    expect(outcome.skipped[0]).toEqual({
      subject: expect.stringMatching(/^[0-9a-f]{16}$/u),
      topic: 'taxi',
      reason: 'no valid answer (draft): it was not JSON',
    });
    expect(outcome.report).toMatchObject({
      drafted: 6,
      skipped: 3,
      answers: 4 + 4 * maxAttempts,
      invalidAnswers: 4 * maxAttempts,
    });
    const lines = (await readFile(join(directory, 'transcripts.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.filter((line) => line.includes('"verdict":"skipped"'))).toHaveLength(3);

    // Asked again, nothing is paid for again; with more attempts it is tried again.
    const before = server.requests.length;
    expect(await annotateAll(server, directory)).toEqual(outcome);
    expect(server.requests).toHaveLength(before);
    await annotateAll(server, directory, { maxAttempts: maxAttempts + 1 });
    expect(server.requests).toHaveLength(before + 4);
  });

  it('costs one topic where one topic alone is the matter', async () => {
    await using drafts = await startModelServer({
      faultOf: (_, body) =>
        isCursed(body) && askedIn(body).topics?.some(({ id }) => id === 'taxi')
          ? 'wrong-schema'
          : undefined,
    });
    const one = await annotateAll(drafts, await newFolder());
    expect(lengths(one)).toEqual([3, 2, 3]);
    expect(one.pairs[1]!.map(({ topic }) => topic)).toEqual(['tea', 'tennis']);
    expect(one.skipped).toMatchObject([{ topic: 'taxi', reason: expect.stringMatching(/pairs/u) }]);
    const retold = drafts.requests.find(({ body }) => body.messages.length > 2)!.body;
    // The second attempt says what was wrong with the first.
    expect(retold.messages[2]!.content).toContain('pairs: ');

    await using verdicts = await startModelServer({
      faultOf: (_, body) =>
        isCursed(body) && askedIn(body).drafts?.some(({ topic }) => topic === 'tea')
          ? 'cut'
          : undefined,
    });
    const two = await annotateAll(verdicts, await newFolder());
    expect(lengths(two)).toEqual([3, 2, 3]);
    expect(two.skipped).toMatchObject([
      { topic: 'tea', reason: 'no valid answer (reflect): it was cut at the token limit' },
    ]);
    // A draft without a verdict is no pair.
    expect(two.pairs[1]!.map(({ topic }) => topic)).not.toContain('tea');
  });

  it.each([3, 7, 12, 14])('is tried no more often for a stop at request %d', async (moment) => {
    const faultOf = (_: number, body: SeenRequest['body']): string | undefined =>
      isCursed(body) ? 'wrong-count' : undefined;
    await using straight = await startModelServer({ faultOf });
    const undisturbed = await annotateAll(straight, await newFolder());
    const abort = new AbortController();
    await using halves = await startModelServer({
      faultOf,
      onRequest: (n) => {
        if (n === moment) abort.abort(new Error('by hand'));
      },
    });
    const directory = await newFolder();
    await expect(annotateAll(halves, directory, { signal: abort.signal })).rejects.toThrow(
      'by hand',
    );
    expect(await annotateAll(halves, directory)).toEqual(undisturbed);
    expect(halves.requests).toHaveLength(straight.requests.length + 1);
  });

  it('stops the run where there is nothing but such', async () => {
    await using server = await startModelServer({ faultOf: () => 'wrong-schema' });
    await using annotator = await openLlmAnnotator({
      url: server.url,
      model: 'test-model',
      directory: await newFolder(),
      topics,
      maxAttempts: 2,
      backoff: { baseSeconds: 0.001, maxSeconds: 0.002 },
    });
    let annotated = 0;
    const many = async (): Promise<void> => {
      for (; annotated < 10; annotated++) {
        const user = { ...users[0]!, tabular: { age: annotated } };
        await annotator.annotate(user, [], { count: 3, seed: annotated });
      }
    };
    const error: unknown = await many().catch((reason: unknown) => reason);
    // Of each user all topics together, and each of three alone: 20 questions of five users.
    expect(annotated).toBe(4);
    expect(server.requests).toHaveLength(2 * 20);
    expect(error).toBeInstanceOf(UnavailableError);
    expect((error as Error).message).toMatch(/none of its answers is valid; of the last: pairs/u);
  });
});

import type { QueryAnswer, UserProfile } from '@q-anchor/core';
import { createGrounding, createTemplateAnnotator, lifeTopics, type Action } from '@q-anchor/useru';
import { expect, it } from 'vitest';

const profile: UserProfile = { userId: 'x', referenceDays: 100, events: {}, tabular: {} };
const modalityWords = { bill: 'payments' };

/** Pairs of many seeds about a user who did these things so many days ago. */
const pairsOf = (done: Readonly<Record<string, readonly number[]>>): QueryAnswer[] => {
  const actions: Action[] = Object.entries(done).flatMap(([category, ages]) =>
    ages.map((age) => ({
      timeDays: -age,
      modality: category === 'taxi' ? 'mini' : 'bill',
      category,
      value: 5,
    })),
  );
  const annotator = createTemplateAnnotator({ modalityWords });
  const checker = createGrounding({ windowDays: 90, modalityWords })(profile, actions);
  return Array.from({ length: 60 }, (_, seed) => {
    const pairs = annotator.annotate(profile, actions, { count: 8, seed });
    for (const pair of pairs) expect(checker.check(pair)).toEqual({ numbers: [], names: [] });
    return pairs;
  }).flat();
};

const every = (step: number, from = 0.5, to = 90): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);

const answersIn = (pairs: readonly QueryAnswer[], pattern: RegExp): string[] =>
  pairs.filter(({ query }) => pattern.test(query)).map(({ answer }) => answer);

it('never calls a part nothing or all', () => {
  const pairs = pairsOf({ restaurant: every(0.2), taxi: [40.5] });
  const texts = pairs.map(({ answer }) => answer).join('\n');
  expect(texts).toContain('under 1 percent');
  expect(texts).toContain('over 99 percent');
  expect(texts).not.toMatch(/\b(?:0|100) percent/u);
});

it('tells bursts from a habit', () => {
  const inBursts = pairsOf({ taxi: [...every(1, 60, 70), 1.5], restaurant: every(1) });
  const rhythm = answersIn(inBursts, /(?:come back to|between two records of|rhythm in).*taxi/u);
  expect(rhythm.length).toBeGreaterThan(3);
  for (const answer of rhythm) expect(answer).toMatch(/^In bursts/u);
  const daily = answersIn(
    inBursts,
    /(?:come back to|between two records of|rhythm in).*restaurant/u,
  );
  for (const answer of daily) expect(answer).toMatch(/^Daily/u);
});

it('takes one more or less of few for no trend', () => {
  const pairs = pairsOf({ taxi: [1.5, 5.5, 20.5], restaurant: [...every(1, 0.5, 13), 20.5] });
  const trend = /(?:growing or fading|has changed in|trend in|more or less than some weeks).*/u;
  const answers = pairs.filter(({ query }) => trend.test(query));
  const of = (name: string): string[] =>
    answers.filter(({ query }) => query.includes(name)).map(({ answer }) => answer);
  expect(of('taxi').length).toBeGreaterThan(2);
  for (const answer of of('taxi')) expect(answer).toMatch(/^Steady/u);
  for (const answer of of('restaurant')) expect(answer).toMatch(/^Growing/u);
});

it('calls a favourite what it is', () => {
  const first = (done: Parameters<typeof pairsOf>[0]): Set<string> =>
    new Set(
      pairsOf(done)
        .filter(({ topic }) => topic === 'favourites')
        .map(({ answer }) => /^(.+?) (?:taxi|c0)\b/u.exec(answer)![1]!),
    );
  expect(first({ taxi: every(1), restaurant: every(4) })).toEqual(new Set(['Mostly']));
  expect(first({ taxi: every(3), restaurant: every(4), metro: every(4), hotel: every(5) })).toEqual(
    new Set(['Most often']),
  );
  const many = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`c${i}`, i === 0 ? [1, 2, 3] : [1, 2]]),
  );
  expect(first(many)).toEqual(new Set(['Nothing dominates: most often']));
});

it('asks in words that fit a name of any number, and calls modalities as told', () => {
  const pairs = pairsOf({ restaurant: every(2), taxi: every(9), groceries: every(30) });
  const names = 'restaurant|taxi|groceries|payments|mini|taxis and ride hailing|eating out';
  const verbs = 'is|are|was|were|does|do|has|have|much|many';
  for (const { query } of pairs.filter(({ topic }) => topic !== 'comparison')) {
    expect(query).not.toMatch(new RegExp(`\\b(?:${verbs}) (?:${names})\\b`, 'iu'));
    expect(query).not.toMatch(/\bbill\b/u);
  }
  const ofModality = pairs.filter(({ topic }) => topic === 'modality');
  expect(ofModality.some(({ query }) => query.includes('payments'))).toBe(true);
  expect(ofModality.some(({ answer }) => answer.includes('payments'))).toBe(true);
});

it('asks of what is absent what it asks of what is there', () => {
  const names = new Map(lifeTopics.map(({ id, name }) => [id, name]));
  const [absent, present] = [new Set<string>(), new Set<string>()];
  for (const { query, answer, topic = '' } of pairsOf({ taxi: every(3) })) {
    const name = names.get(topic);
    if (name === undefined) continue;
    const isDenied = /^(?:No sign of|None: not one|Nothing points)/u.test(answer);
    (isDenied ? absent : present).add(query.replace(name, 'X'));
  }
  const shared = [...absent].filter((query) => present.has(query));
  expect(shared.length).toBeGreaterThan(10);
  // Questions that take something for granted are asked of what is there alone.
  expect(present.size).toBeGreaterThan(shared.length);
});

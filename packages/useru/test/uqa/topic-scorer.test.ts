import type { UserProfile } from '@q-anchor/core';
import {
  createKeywordScorer,
  createProfileScaleFitter,
  createTemplateAnnotator,
  withTopicScorer,
  type Action,
  type Annotator,
  type LifeTopic,
} from '@q-anchor/useru';
import { describe, expect, it } from 'vitest';

const topics: LifeTopic[] = ['tea', 'taxi', 'tennis'].map((word) => ({
  id: word,
  domain: 'd',
  name: `the ${word}`,
  keywords: [word],
}));
const actionsOf = (...categories: string[]): Action[] =>
  categories.map((category, i) => ({ timeDays: -1 - i, modality: 'bill', category }));
const profile: UserProfile = { userId: 'x', referenceDays: 100, events: {}, tabular: {} };

describe('createKeywordScorer', () => {
  it('is log frequency times rarity', () => {
    const fitter = createProfileScaleFitter({ windowDays: 30, topics });
    fitter.add(profile, actionsOf('tea', 'tea'));
    fitter.add(profile, actionsOf('tea', 'taxi'));
    fitter.add(profile, actionsOf('tea'));
    const actions = actionsOf('tea', 'tea', 'taxi', 'walk');
    expect(createKeywordScorer({ topics }).scores(profile, actions)).toEqual([
      Math.log(3),
      Math.log(2),
      0,
    ]);
    const rare = createKeywordScorer({ topics, scale: fitter.scale() }).scores(profile, actions);
    // Three references: all touch tea, one touches taxi.
    expect(rare[0]).toBeCloseTo(Math.log(3) * (Math.log(4 / 4) + 1), 12);
    expect(rare[1]).toBeCloseTo(Math.log(2) * (Math.log(4 / 2) + 1), 12);
    expect(rare[2]).toBe(0);
  });
});

describe('withTopicScorer', () => {
  it('lets another score choose the topics', async () => {
    const actions = actionsOf('tea', 'tea', 'tea', 'taxi', 'tennis');
    const template = createTemplateAnnotator({ windowDays: 30, topics, topK: 1 });
    const asked = async (scores: readonly number[]): Promise<Set<string>> => {
      const annotator = withTopicScorer(template, { scores: () => Promise.resolve(scores) });
      expect(annotator.name).toBe('template');
      const lists = await Promise.all(
        Array.from({ length: 30 }, async (_, seed) =>
          annotator.annotate(profile, actions, { count: 6, seed }),
        ),
      );
      const ids = new Set(topics.map(({ id }) => id));
      return new Set(lists.flat().flatMap(({ topic = '' }) => (ids.has(topic) ? [topic] : [])));
    };
    expect(await asked([0, 0, 2])).toEqual(new Set(['tennis']));
    expect(await asked([0, 1, 0.5])).toEqual(new Set(['taxi']));
  });

  it('has an identity if both have one', () => {
    const template = createTemplateAnnotator({ windowDays: 30, topics });
    const scores = (): number[] => [];
    const both = withTopicScorer(template, { identity: 'a', scores });
    expect(both.identity).toMatch(/^[0-9a-f]{64}$/u);
    const changes = [
      withTopicScorer(template, { identity: 'b', scores }),
      withTopicScorer(createTemplateAnnotator({ windowDays: 31, topics }), {
        identity: 'a',
        scores,
      }),
      withTopicScorer(template, createKeywordScorer({ topics })),
      withTopicScorer(template, createKeywordScorer()),
      template,
    ].map(({ identity }) => identity);
    expect(new Set([both.identity, ...changes]).size).toBe(6);
    expect(withTopicScorer(template, { scores }).identity).toBeUndefined();
    const unknown: Annotator = { annotate: () => [] };
    expect(withTopicScorer(unknown, { identity: 'a', scores }).identity).toBeUndefined();
  });
});

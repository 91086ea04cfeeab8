import { InputError } from '@q-anchor/core';
import { createTopicIndex, lifeTopics, parseTopics, structuralTopics } from '@q-anchor/useru';
import { describe, expect, it } from 'vitest';

describe('createTopicIndex', () => {
  const index = createTopicIndex([
    { id: 'a', domain: 'd', name: 'a', keywords: ['hotel', 'train ticket'] },
    { id: 'b', domain: 'd', name: 'b', keywords: ['ticket', 'transfer to another bank'] },
  ]);

  it('matches whole words, plurals and pairs, each topic once', () => {
    expect(index.topicsOf('Hotels, hotel HOTEL')).toEqual([0]);
    expect(index.topicsOf('two train tickets')).toEqual([0, 1]);
    expect(index.topicsOf('train, then a ticket')).toEqual([1]);
    expect(index.topicsOf('hotelier ticketing')).toEqual([]);
    expect(index.topicsOf('A transfer to another bank')).toEqual([1]);
    expect(index.topicsOf('')).toEqual([]);
  });

  it('is not slowed down by endless texts', () => {
    expect(index.topicsOf(`${'x '.repeat(50_000)}hotel`)).toEqual([]);
  });
});

describe('lifeTopics', () => {
  it('have distinct ids and names and lower-case keywords', () => {
    expect(lifeTopics).toHaveLength(72);
    expect(new Set(lifeTopics.map(({ id }) => id)).size).toBe(lifeTopics.length);
    expect(new Set(lifeTopics.map(({ name }) => name)).size).toBe(lifeTopics.length);
    for (const { keywords } of lifeTopics) {
      for (const keyword of keywords) expect(keyword).toBe(keyword.toLowerCase().trim());
    }
  });
});

describe('parseTopics', () => {
  const one = { id: 'sea', domain: 'nature', name: 'the sea', keywords: ['Sea', 'beach'] };

  it('reads JSON and YAML, keywords in lower case', () => {
    const expected = [{ ...one, keywords: ['sea', 'beach'] }];
    expect(parseTopics(JSON.stringify([one]), 'topics.json')).toEqual(expected);
    const yaml = '- { id: sea, domain: nature, name: the sea, keywords: [Sea, beach] }';
    expect(parseTopics(yaml, 'topics.yaml')).toEqual(expected);
    expect(parseTopics(JSON.stringify(lifeTopics), 'built-in')).toEqual(lifeTopics);
  });

  it.each<[string, unknown]>([
    ['nothing', []],
    ['no keywords', [{ ...one, keywords: [] }]],
    ['an unknown key', [{ ...one, weight: 1 }]],
    ['an id with spaces', [{ ...one, id: 'the sea' }]],
    ['the id of a structural topic', [{ ...one, id: structuralTopics[0] }]],
    ['an id twice', [one, { ...one, name: 'other' }]],
    ['a name twice', [one, { ...one, id: 'other' }]],
    ['a keyword of five words', [{ ...one, keywords: ['a b c d e'] }]],
  ])('refuses %s', (_what, content) => {
    expect(() => parseTopics(JSON.stringify(content), 'topics.json')).toThrow(InputError);
    expect(() => parseTopics(JSON.stringify(content), 'topics.json')).toThrow(/^topics\.json/u);
  });
});

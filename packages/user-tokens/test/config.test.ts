import { InputError } from '@q-anchor/core';
import {
  checkUserTokensConfig,
  modalityNames,
  userSpecialTokens,
  userTokensParameters,
  type UserTokensConfig,
} from '@q-anchor/user-tokens';
import { describe, expect, test } from 'vitest';

import { config } from './fixtures.js';

const modality = (changes: object) => ({ name: 'bill', maxEvents: 4, maxTokens: 3, ...changes });

describe('a wrong configuration is an error that names the place', () => {
  test.each<[string, Partial<UserTokensConfig>, RegExp]>([
    ['no modality', { modalities: [], tabularFeatures: 0 }, /at least one modality/],
    ['twice the same name', { modalities: [modality({}), modality({})] }, /bill,bill/],
    ['a reserved name', { modalities: [modality({ name: 'tabular' })] }, /'tabular'/],
    ['no event width', { eventWidth: 0 }, /eventWidth, found 0/],
    ['half a width', { width: 7.5 }, /width, found 7.5/],
    ['a vocabulary that is no number', { vocabularySize: Number.NaN }, /vocabularySize/],
    ['no window', { windowDays: 0 }, /windowDays/],
    ['fewer than no features', { tabularFeatures: -1 }, /tabularFeatures/],
    ['no room for events', { modalities: [modality({ maxEvents: 0 })] }, /maxEvents of 'bill'/],
    ['a cap below zero', { modalities: [modality({ maxTokens: -1 })] }, /maxTokens of 'bill'/],
  ])('%s', (_, changes, message) => {
    const wrong = { ...config, ...changes };
    expect(() => checkUserTokensConfig(wrong)).toThrow(InputError);
    expect(() => checkUserTokensConfig(wrong)).toThrow(message);
    expect(() => userTokensParameters(wrong)).toThrow(message);
  });

  test('a right one is none', () => {
    expect(() => checkUserTokensConfig(config)).not.toThrow();
    expect(() => checkUserTokensConfig({ ...config, modalities: [] })).not.toThrow();
  });
});

test('the profile is a modality where it has features', () => {
  expect(modalityNames(config)).toEqual(['bill', 'mini-app', 'spm', 'tabular']);
  expect(modalityNames({ ...config, tabularFeatures: 0 })).toEqual(['bill', 'mini-app', 'spm']);
});

test('special tokens: two markers a modality, and the embedding token', () => {
  expect(userSpecialTokens(['bill', 'tabular'])).toEqual([
    '<|bill_start|>',
    '<|bill_end|>',
    '<|tabular_start|>',
    '<|tabular_end|>',
    '<|user_emb|>',
  ]);
});

test('switched-off features have no parameters', () => {
  const names = (changes: Partial<UserTokensConfig>): string[] =>
    Object.keys(userTokensParameters({ ...config, ...changes }));
  expect(names({}).filter((name) => name.includes('.time.'))).toHaveLength(3);
  expect(names({ timeFeatures: false }).filter((name) => name.includes('.time.'))).toEqual([]);
  expect(names({ valueFeatures: false }).filter((name) => name.includes('.value.'))).toEqual([]);
  expect(names({ tabularFeatures: 0 }).filter((name) => name.includes('tabular'))).toEqual([]);
  expect(names({})).toHaveLength(1 + 3 + 3 + 2 + 6 * 6);
});

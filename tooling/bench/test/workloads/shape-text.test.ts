import { describe, expect, test } from 'vitest';

import { workloadsOf } from '../../src/workloads/default-workloads.js';
import {
  prefixQueryShapeFrom,
  prefixQueryText,
  trainStepShapeFrom,
  trainStepText,
} from '../../src/workloads/shape-text.js';

describe('shapes as text', () => {
  test('a training step names its sizes in order, and goes back to the same text', () => {
    const text = '16,128,512,8,4,2,8192,1408';
    const shape = trainStepShapeFrom(text);
    expect(shape).toEqual({
      batch: 16,
      length: 128,
      width: 512,
      layers: 8,
      heads: 4,
      keyValueHeads: 2,
      vocabulary: 8192,
      feedForward: 1408,
    });
    expect(trainStepText(shape)).toBe(text);
  });

  test('a prefix query may have no prefix', () => {
    const text = '6,896,14,2,64,4864,0,600,1';
    expect(prefixQueryShapeFrom(text)).toMatchObject({ headSize: 64, prefixTokens: 0, queries: 1 });
    expect(prefixQueryText(prefixQueryShapeFrom(text))).toBe(text);
  });

  test.each([
    ['1,2,3', /8 whole numbers: batch,length/],
    ['16,128,512,8,8,2,8192,x', /8 whole numbers/],
    ['16,128,512,8,8,2,8192,-1', /8 whole numbers/],
    ['16,128,512,8,8,2,8192,', /8 whole numbers/],
    ['0,128,512,8,8,2,8192,1408', /batch of at least 1/],
    ['16,128,512,8,8,3,8192,1408', /multiple of the 3 key and value heads/],
    ['16,128,24,8,8,2,8192,1408', /heads of an even size, found 3/],
    ['16,128,512,8,8,2,96,1408', /a vocabulary of at least 97/],
  ])('training step %s', (text, message) => {
    expect(() => trainStepShapeFrom(text)).toThrow(message);
  });

  test.each([
    ['6,896,14,2,64,4864,600,20', /9 whole numbers: layers,width/],
    ['6,896,14,2,64,4864,600,0,1', /queryTokens of at least 1/],
    ['6,896,14,4,64,4864,600,20,1', /multiple of the 4/],
  ])('prefix query %s', (text, message) => {
    expect(() => prefixQueryShapeFrom(text)).toThrow(message);
  });
});

describe('standard workloads', () => {
  test('train-step has two, prefix-query one for each length', () => {
    expect(workloadsOf('train-step').map(({ name }) => name)).toEqual([
      '16,128,512,8,8,2,8192,1408',
      '16,256,256,4,4,2,4096,704',
    ]);
    expect(workloadsOf('prefix-query').map(({ name }) => name)).toEqual([
      'prefill 600',
      'query 20',
      'query 160 (8 x 20)',
    ]);
  });

  test('given shapes stand in for them, under their own text', () => {
    const text = '1,2,32,1,2,1,97,8';
    expect(workloadsOf('train-step', [text])).toMatchObject([{ kind: 'train-step', name: text }]);
  });
});

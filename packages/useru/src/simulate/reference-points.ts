import type { Split } from '@q-anchor/core';

/** How long before the scenarios' reference the further one for pre-training lies. */
const earlierReferenceDays = 30;

/** The split of a person by their place: 60 % train, 15 % validation, 25 % test. */
export const splitOf = (index: number): Split => {
  const place = index % 20;
  return place < 12 ? 'train' : place < 15 ? 'validation' : 'test';
};

/** The reference days of a person: the scenarios' last; before it, unless they are of the test, one for pre-training. */
export const referenceDaysOf = (split: Split, scenarioDay: number): readonly number[] =>
  split === 'test' ? [scenarioDay] : [scenarioDay - earlierReferenceDays, scenarioDay];

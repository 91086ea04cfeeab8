import { isOmission } from '@q-anchor/useru';
import { expect, it } from 'vitest';

it('isOmission knows what did not happen by whole words', () => {
  expect(['missed exam', 'Unpaid bill', 'repayment not made'].map(isOmission)).toEqual([
    true,
    true,
    true,
  ]);
  expect(['dismissed', 'notes', 'exam', ''].map(isOmission)).toEqual([false, false, false, false]);
});

import { InvalidArgumentError } from 'commander';

/** Parses an integer of at least `minimum`. */
export const integer =
  (minimum = 0) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < minimum) {
      throw new InvalidArgumentError(`It must be an integer of at least ${minimum}.`);
    }
    return value;
  };

/** Parses a finite number, of at least `minimum` unless that is minus infinity. */
export const number =
  (minimum = 0) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < minimum) {
      const range = minimum === -Infinity ? '' : ` of at least ${minimum}`;
      throw new InvalidArgumentError(`It must be a number${range}.`);
    }
    return value;
  };

/** Parses `on` or `off`. */
export function onOff(text: string): boolean {
  if (text !== 'on' && text !== 'off') throw new InvalidArgumentError('It must be on or off.');
  return text === 'on';
}

/** Parses positive numbers separated by commas. */
export function numberList(text: string): readonly number[] {
  const values = text.split(',').map(Number);
  if (values.some((value) => !Number.isFinite(value) || value <= 0)) {
    throw new InvalidArgumentError('It must be positive numbers separated by commas.');
  }
  return values;
}

/** Collects an option that may be given several times. */
export const collected = (text: string, former: readonly string[] = []): readonly string[] => [
  ...former,
  text,
];

/** Parses a number from 0 up to, but not including, 1. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value < 1)) {
    throw new InvalidArgumentError('It must be a number of at least 0 and below 1.');
  }
  return value;
}

/** Parses names separated by commas. */
export function nameList(text: string): string {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('It must be names separated by commas.');
  return names.join(',');
}

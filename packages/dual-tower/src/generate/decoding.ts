import { InputError } from '@q-anchor/core';

/** How the next token is chosen. */
export interface DecodingOptions {
  /** Divides the logits; 0 takes the most probable token, whatever the other settings. Default 0. */
  readonly temperature?: number;
  /** Only so many of the most probable tokens may come; 0 for all. Default 0. */
  readonly topK?: number;
  /**
   * Only the most probable tokens that together have this probability may come (nucleus sampling,
   * Holtzman et al. 2020). Default 1: all.
   */
  readonly topP?: number;
  /** Only tokens with this share of the largest probability may come. Default 0: all. */
  readonly minP?: number;
  /**
   * Makes tokens of query and answer less probable where it is above 1 (Keskar et al. 2019, section
   * 4.1). Default 1: does nothing.
   */
  readonly repetitionPenalty?: number;
  /** Seed of the draws. Default 0. */
  readonly seed?: number;
}

/** The same with every setting there. */
export type Decoding = Required<DecodingOptions>;

const greedy: Decoding = {
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  seed: 0,
};

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

const rules: Readonly<Record<keyof Decoding, readonly [string, (value: number) => boolean]>> = {
  temperature: ['a number of at least 0', (value) => value >= 0 && value < Infinity],
  topK: ['an integer of at least 0', isCount],
  topP: ['a number above 0 and up to 1', (value) => value > 0 && value <= 1],
  minP: ['a number from 0 to 1', (value) => value >= 0 && value <= 1],
  repetitionPenalty: ['a number above 0', (value) => value > 0 && value < Infinity],
  seed: ['a non-negative integer', isCount],
};

/**
 * Settings with their defaults.
 *
 * @throws {@link @q-anchor/core#InputError} naming a setting that is out of range
 */
export function decodingOf(options: DecodingOptions): Decoding {
  const decoding = { ...greedy };
  for (const [name, [expected, isValid]] of Object.entries(rules) as [
    keyof Decoding,
    (typeof rules)[keyof Decoding],
  ][]) {
    const value = options[name] ?? greedy[name];
    if (!isValid(value)) throw new InputError({ where: name, expected, found: `${value}` });
    decoding[name] = value;
  }
  return decoding;
}

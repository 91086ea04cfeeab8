import type { DecoderConfig } from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';

/**
 * Checks that a sequence fits the decoder's positions.
 *
 * @param length - the longest sequence, prefix and one suffix, in tokens
 * @param decoder - the decoder's shape
 * @throws {@link InputError} if it doesn't
 */
export function checkPositions(length: number, decoder: DecoderConfig): void {
  if (length <= decoder.maxPositions) return;
  throw new InputError({
    where: 'sequence length',
    expected: `at most ${decoder.maxPositions} tokens, the decoder's positions`,
    found: `${length}`,
    fix: "Lower the modalities' maxEvents or the tokens of query and answer",
  });
}

import { InputError } from '@q-anchor/core';

import { byteAlphabet } from './byte-alphabet.js';
import type { BytePairModel, TokenizerJson, WordPieceModel } from './tokenizer-json.js';

/** A value as a message shows it. */
export const describe = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

/** The two halves of a merge in either notation. */
export const mergeHalves = (merge: string | readonly [string, string]): [string, string] => {
  if (typeof merge !== 'string') return [merge[0], merge[1]];
  const space = merge.indexOf(' ');
  return [merge.slice(0, space), merge.slice(space + 1)];
};

type Fail = (part: string, expected: string, found: string) => never;

/**
 * Checks what a schema can't: one token per id, and special tokens that no text can spell.
 *
 * @param json - a tokenizer in Hugging Face's format
 * @param where - the file or place it comes from, for messages
 * @throws {@link @q-anchor/core#InputError} that names the first part that is wrong
 */
export function checkVocabulary(json: TokenizerJson, where: string): void {
  const { model, added_tokens: added } = json;
  const vocabulary = new Map(Object.entries(model.vocab));
  const fail: Fail = (part, expected, found) => {
    throw new InputError({ where: `${where}: ${part}`, expected, found });
  };
  const owners = new Map<number, string>();
  const claim = (token: string, tokenId: number): void => {
    const owner = owners.get(tokenId) ?? token;
    if (owner !== token) {
      fail('vocabulary', 'one token per id', `id ${tokenId} for ${describe([owner, token])}`);
    }
    owners.set(tokenId, token);
  };
  for (const [token, tokenId] of vocabulary) claim(token, tokenId);

  const isSpelled =
    model.type === 'BPE' ? checkMerges(model, json, fail) : checkPieces(model, fail);
  for (const token of added) {
    claim(token.content, token.id);
    const plainId = vocabulary.get(token.content);
    if (plainId !== undefined && plainId !== token.id) {
      fail(`added_tokens: ${token.content}`, `its id in the vocabulary, ${plainId}`, `${token.id}`);
    }
    if (token.special === true && isSpelled(token.content)) {
      fail(
        `added_tokens: ${token.content}`,
        'a special token that no text can spell',
        'one that the merges produce',
      );
    }
  }
}

/** Whether a token comes out of the merges, once they are checked. */
function checkMerges(
  model: BytePairModel,
  json: TokenizerJson,
  fail: Fail,
): (token: string) => boolean {
  if (!isByteLevel(json['decoder'])) {
    fail('decoder', 'a ByteLevel decoder', describe(json['decoder']));
  }
  const isKnown = (token: string): boolean => Object.hasOwn(model.vocab, token);
  const missing = byteAlphabet.filter((character) => !isKnown(character));
  if (missing.length > 0) {
    fail('model: vocab', 'a token for each of the 256 bytes', `${missing.length} bytes without`);
  }
  const reachable = new Set(byteAlphabet);
  for (const [rank, merge] of model.merges.entries()) {
    const [left, right] = mergeHalves(merge);
    for (const token of [left, right, left + right]) {
      if (!isKnown(token)) {
        fail(`model: merges: ${rank}`, 'tokens of the vocabulary', `${describe(token)}, unknown`);
      }
    }
    reachable.add(left + right);
  }
  return (token) => reachable.has(token);
}

function isByteLevel(decoder: unknown): boolean {
  if (typeof decoder !== 'object' || decoder === null) return false;
  const { type, decoders } = decoder as { type?: unknown; decoders?: unknown };
  return type === 'ByteLevel' || (Array.isArray(decoders) && decoders.some(isByteLevel));
}

/** BERT's files list special tokens in the vocabulary; the runtime takes them out of texts' reach. */
function checkPieces(model: WordPieceModel, fail: Fail): (token: string) => boolean {
  if (!Object.hasOwn(model.vocab, model.unk_token)) {
    fail('model: unk_token', 'a token of the vocabulary', describe(model.unk_token));
  }
  return () => false;
}

import { InputError } from '@q-anchor/core';

import { missingTensor, type TensorSource } from '../safetensors/tensor-source.js';

/** The name a tensor has in the model; undefined where it takes no part in it. */
type CanonicalName = (stored: string) => string | undefined;

/** The first BERT checkpoints call a norm's parameters gamma and beta. */
const bertName = (name: string): string =>
  name
    .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
    .replace(/LayerNorm\.beta$/, 'LayerNorm.bias');

/**
 * How names in a checkpoint become names of the model: BERT's trunk loses the prefix `bert.` that
 * models with a head give it, a decoder saved without its head gains the prefix `model.`.
 */
function canonicalNames(kind: 'decoder' | 'bert', stored: readonly string[]): CanonicalName {
  if (kind === 'decoder') {
    const isBare = stored.includes('embed_tokens.weight');
    return isBare ? (name) => `model.${name}` : (name) => name;
  }
  const prefix = 'bert.';
  const isPrefixed = stored.some((name) => name.startsWith(`${prefix}embeddings.`));
  if (!isPrefixed) return bertName;
  // What has no prefix then is a head on top.
  return (name) => (name.startsWith(prefix) ? bertName(name.slice(prefix.length)) : undefined);
}

/**
 * A checkpoint's tensors under the names of the model, whichever of the known ways it was saved in.
 *
 * @param source - the checkpoint as it is on disk
 * @param kind - which model it is
 * @throws {@link @q-anchor/core#InputError} if two tensors come to one name
 */
export function canonicalSource(source: TensorSource, kind: 'decoder' | 'bert'): TensorSource {
  const canonical = canonicalNames(kind, source.names);
  const stored = new Map<string, string>();
  for (const name of source.names) {
    const own = canonical(name);
    if (own === undefined) continue;
    const other = stored.get(own);
    if (other !== undefined) {
      throw new InputError({
        where: source.where(name),
        expected: `one tensor for ${own} of the model`,
        found: `${other} as well`,
      });
    }
    stored.set(own, name);
  }
  return namedSource(source, stored);
}

/**
 * Some tensors of a source under other names.
 *
 * @param source - where they are
 * @param stored - the name in the source of each new name
 */
export function namedSource(
  source: TensorSource,
  stored: ReadonlyMap<string, string>,
): TensorSource {
  const names = [...stored.keys()].toSorted();
  const storedName = (name: string): string => {
    const found = stored.get(name);
    if (found === undefined) throw missingTensor(name, { path: source.path, names });
    return found;
  };
  return {
    path: source.path,
    names,
    metadata: source.metadata,
    has: (name) => stored.has(name),
    info: (name) => source.info(storedName(name)),
    where: (name) => source.where(stored.get(name) ?? name),
    read: async (name) => source.read(storedName(name)),
    readFloat32: async (name) => source.readFloat32(storedName(name)),
    readBytes: async (name, range) => source.readBytes(storedName(name), range),
    stored: (name) => source.stored(storedName(name)),
    close: () => source.close(),
    [Symbol.asyncDispose]: () => source.close(),
  };
}

import { InputError } from '@q-anchor/core';
import type { StoredTensor, TensorData } from '@q-anchor/graph';

import type { TensorInfo } from './header.js';

/** Some bytes of a tensor: the first, and the one after the last. */
export interface ByteRange {
  /** First byte, from 0. */
  readonly start: number;
  /** One more than the last byte. */
  readonly end: number;
}

/** Named tensors on disk, each read by itself: a file, or a directory of shards. */
export interface TensorSource extends AsyncDisposable {
  /** The file, or the index of the shards. */
  readonly path: string;
  /** Names of all tensors, sorted. */
  readonly names: readonly string[];
  /** The free texts beside the tensors. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether there is such a tensor. */
  has(name: string): boolean;
  /**
   * Type, shape and place of a tensor.
   *
   * @throws {@link @q-anchor/core#InputError} if there is none of that name
   */
  info(name: string): TensorInfo;
  /** The file that holds a tensor and the tensor's name in it, for messages. */
  where(name: string): string;
  /**
   * A tensor's values: F16 as its bits, BF16 as float32, which is exact.
   *
   * @throws {@link @q-anchor/core#InputError} if there is none of that name, or its bytes end early
   */
  read(name: string): Promise<TensorData>;
  /**
   * A floating tensor's values as float32: exact from F32, F16 and BF16, rounded from F64.
   *
   * @throws {@link @q-anchor/core#InputError} if it is not floating, or as {@link TensorSource.read}
   */
  readFloat32(name: string): Promise<Float32Array>;
  /**
   * A tensor's bytes as they are stored, all or a range of them.
   *
   * @param name - the tensor
   * @param range - the first byte and the one after the last, counted from the tensor's start
   * @throws {@link @q-anchor/core#InputError} as {@link TensorSource.read}, or if the range is not one
   * of the tensor
   */
  readBytes(name: string, range?: ByteRange): Promise<Uint8Array>;
  /**
   * A tensor as the place it lies at, for an engine to map; F16 and BF16 as float32, to be widened.
   *
   * @throws {@link @q-anchor/core#InputError} if there is none of that name
   */
  stored(name: string): StoredTensor;
  /** Closes the files; a later read fails. */
  close(): Promise<void>;
}

/** The error of a name that is not there. */
export function missingTensor(
  name: string,
  source: { readonly path: string; readonly names: readonly string[] },
): InputError {
  const { path, names } = source;
  const shown = names.slice(0, 5).join(', ');
  return new InputError({
    where: `${path}: tensor ${name}`,
    expected: 'a tensor of that name',
    found:
      names.length === 0
        ? 'no tensors at all'
        : `none among ${names.length} (${shown}${names.length > 5 ? ', ...' : ''})`,
  });
}

import type { Engine } from '@q-anchor/backend';
import {
  createEmbedder,
  type Embedder,
  type LoadedModel,
  type ServedModel,
  type StoragePrecision,
} from '@q-anchor/dual-tower';

import { readerDigest } from '../cache/prefix-key.js';

/** A model that requests can be served with. */
export type KeyedModel = ServedModel & Pick<LoadedModel, 'digest'>;

/**
 * A compiled model, plain or with a scenario's adapters. Requests hold it while they wait and run; once
 * it is retired, the last one to let go disposes of it.
 */
export interface Reader {
  /** The model it is compiled from. */
  readonly model: KeyedModel;
  /** The compiled model. */
  readonly embedder: Embedder;
  /** Digest of all that reads a prefix. */
  readonly digest: string;
  /** Holds it; call what comes back once, to let go. */
  hold(): () => void;
  /** No further holders; settles when the last one has let go and it is disposed of. */
  retire(): Promise<void>;
}

/**
 * Compiles a reader.
 *
 * @param engine - where to run
 * @param options - the model; digest of the adapters that it has of a scenario; precision of storage
 */
export async function createReader(
  engine: Engine,
  options: {
    readonly model: KeyedModel;
    readonly adapters?: string | undefined;
    readonly storage: StoragePrecision;
  },
): Promise<Reader> {
  const { model, adapters, storage } = options;
  const embedder = await createEmbedder(engine, { ...model, storage });
  let holders = 1;
  let idle!: () => void;
  const isIdle = new Promise<void>((resolve) => (idle = resolve));
  const letGo = (): void => {
    holders--;
    if (holders === 0) idle();
  };
  return {
    model,
    embedder,
    digest: readerDigest(model, { adapters, storage }),
    hold: () => {
      holders++;
      return letGo;
    },
    async retire() {
      letGo();
      await isIdle;
      await embedder[Symbol.asyncDispose]();
    },
  };
}

import { sizeOf } from './tensors.js';

/** Files of weights and what each holds. */
export interface ShardPlan {
  /** Tensors' names by file, in order. */
  readonly files: ReadonlyMap<string, readonly string[]>;
  /** Content of `model.safetensors.index.json`; undefined for a single file. */
  readonly index: Readonly<Record<string, unknown>> | undefined;
}

const digits = (n: number): string => String(n).padStart(5, '0');

/**
 * Cuts tensors into files of about equal size, in their order, as `save_pretrained` names them.
 *
 * @param specs - shapes by name
 * @param options - the number of files, bytes of a value
 */
export function shardPlan(
  specs: Readonly<Record<string, { readonly shape: readonly number[] }>>,
  options: { readonly shards: number; readonly bytesPerValue: number },
): ShardPlan {
  const { bytesPerValue } = options;
  const names = Object.keys(specs);
  const shards = Math.min(options.shards, names.length);
  if (shards === 1) return { files: new Map([['model.safetensors', names]]), index: undefined };
  const bytes = (name: string): number => sizeOf(specs[name]!.shape) * bytesPerValue;
  const total = names.reduce((sum, name) => sum + bytes(name), 0);
  const held: string[][] = Array.from({ length: shards }, () => []);
  let before = 0;
  let shard = 0;
  for (const [at, name] of names.entries()) {
    held[shard]!.push(name);
    before += bytes(name);
    const left = names.length - at - 1;
    const isFull = before >= (total * (shard + 1)) / shards;
    // Every file gets at least one tensor.
    if (shard + 1 < shards && (isFull || left === shards - shard - 1)) shard++;
  }
  const files = new Map(
    held.map((own, i) => [`model-${digits(i + 1)}-of-${digits(shards)}.safetensors`, own]),
  );
  const weightMap = [...files].flatMap(([file, own]) => own.map((name) => [name, file] as const));
  return {
    files,
    index: { metadata: { total_size: total }, weight_map: Object.fromEntries(weightMap) },
  };
}

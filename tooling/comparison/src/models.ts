/** A random checkpoint to make. */
export interface Model {
  /** Its name in the table and among the files. */
  readonly name: string;
  /** Flags of the command that makes it. */
  readonly flags: Readonly<Record<string, string>>;
}

/** The models: every architecture, tied and untied, in one file and in shards, in each type. */
export const models: readonly Model[] = [
  ...['qwen2', 'qwen3'].flatMap((architecture) => [
    model(architecture, { tied: 'on', dtype: 'f32', shards: '1' }),
    model(architecture, { tied: 'on', dtype: 'bf16', shards: '3', layers: '3', 'kv-heads': '4' }),
    model(architecture, { tied: 'on', dtype: 'f16', shards: '2' }),
    model(architecture, { tied: 'off', dtype: 'f32', shards: '2', 'kv-heads': '1' }),
    model(architecture, { tied: 'off', dtype: 'bf16', shards: '1', 'head-size': '24' }),
    model(architecture, { tied: 'off', dtype: 'f16', shards: '1' }),
  ]),
  model('bert', { dtype: 'f32', shards: '1' }),
  model('bert', { dtype: 'bf16', shards: '3', heads: '2', layers: '3' }),
  model('bert', { dtype: 'f16', shards: '2' }),
];

function model(
  architecture: string,
  flags: Readonly<Record<string, string>> & { readonly dtype: string; readonly shards: string },
): Model {
  const { tied, dtype, shards } = flags;
  const head = tied === undefined ? [] : [tied === 'on' ? 'tied' : 'untied'];
  const name = [architecture, ...head, dtype, shards === '1' ? 'single' : 'sharded'].join(' ');
  return { name, flags: { architecture, ...flags } };
}

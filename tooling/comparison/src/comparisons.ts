import { join } from 'node:path';

import { strengthOfB, writeMerged, writeRandomAdapters } from './our-adapters.js';
import { models } from './models.js';
import { fileName, type AdapterStep, type Comparison, type SaveStep } from './plan.js';

/** Every projection of the layers, as PEFT's target modules. */
const projections = {
  decoder: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
  bert: ['query', 'key', 'value', 'dense'],
} as const;

/** The models that adapters go on. */
const adaptedModels = ['qwen2 untied f32 sharded', 'qwen3 tied f32 single', 'bert f32 single'];

type Saved = Pick<SaveStep, 'class' | 'dtype' | 'shardSize'> & { readonly of: string };

const inOne = '1GB';
const inShards = '200KB';

const saved: readonly Saved[] = [
  savedAs('qwen2 untied f32 sharded', ['AutoModelForCausalLM', 'float32', inShards]),
  savedAs('qwen2 tied f32 single', ['AutoModelForCausalLM', 'float16', inShards]),
  savedAs('qwen3 tied f32 single', ['AutoModelForCausalLM', 'bfloat16', inOne]),
  // Without the head, names lose their prefix.
  savedAs('qwen3 tied f32 single', ['AutoModel', 'float16', inOne]),
  savedAs('bert f32 single', ['AutoModel', 'float32', inShards]),
  // Below a head, names gain one.
  savedAs('bert f32 single', ['AutoModelForMaskedLM', 'float16', inShards]),
];

function savedAs(
  of: string,
  [name, dtype, shardSize]: readonly [SaveStep['class'], SaveStep['dtype'], string],
): Saved {
  return { of, class: name, dtype, shardSize };
}

/** A model without adapters of its own. */
const plain = (title: string, model: string, before: Comparison['before'] = []): Comparison => ({
  title,
  before,
  run: { do: 'run', name: fileName(title), model },
});

/**
 * Everything to compare, in the order of the table.
 *
 * @param folder - the models are in it by {@link fileName}; what we write goes there too
 * @param seed - of the adapters
 */
export async function comparisonsIn(
  folder: string,
  { seed }: { readonly seed: number },
): Promise<readonly Comparison[]> {
  const at = (name: string): string => join(folder, fileName(name));
  const all = models.map(({ name }) => plain(name, at(name)));
  for (const { of, ...save } of saved) {
    const title = `${of}, save_pretrained ${save.class} ${save.dtype}`;
    all.push(plain(title, at(title), [{ do: 'save', model: at(of), to: at(title), ...save }]));
  }
  for (const base of adaptedModels) {
    const adapted = (title: string, before: readonly AdapterStep[]): Comparison => ({
      title,
      before,
      run: { do: 'run', name: fileName(title), model: at(base), adapter: at(title) },
    });
    const targets = projections[base.startsWith('bert') ? 'bert' : 'decoder'];
    for (const isRankStabilised of [false, true]) {
      const title = `${base}, adapters of ours${isRankStabilised ? ', rslora' : ''}`;
      const lora = { rank: 4, alpha: 8, dropout: 0, targets, isRankStabilised };
      await writeRandomAdapters(at(title), { model: at(base), lora, seed });
      all.push(adapted(title, []));
    }
    const merged = `${base}, merged by us`;
    const adapter = at(`${base}, adapters of ours`);
    await writeMerged(at(merged), { model: at(base), adapter });
    all.push(plain(merged, at(merged)));
    const theirs = (words: string, step: Pick<AdapterStep, 'targets' | 'isRankStabilised'>) => {
      const title = `${base}, adapters of PEFT, ${words}`;
      const shared = { do: 'adapter', model: at(base), to: at(title), seed, strengthOfB } as const;
      all.push(adapted(title, [{ ...shared, rank: 3, alpha: 5, ...step }]));
    };
    theirs('list', { targets, isRankStabilised: false });
    theirs('part, rslora', { targets: targets.slice(0, 3), isRankStabilised: true });
    theirs('all-linear', { targets: 'all-linear', isRankStabilised: false });
    theirs('pattern', {
      targets: String.raw`.*\.1\..*(query|q_proj|dense|up_proj)`,
      isRankStabilised: false,
    });
  }
  return all;
}

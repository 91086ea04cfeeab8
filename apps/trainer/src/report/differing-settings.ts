import type { RunConfig } from '../run/run-config.js';
import type { RunSource } from './read/run-source.js';

/** A setting and its value in each run; undefined where a run does not have it. */
export interface SettingRow {
  readonly name: string;
  readonly values: readonly (string | number | boolean | undefined)[];
}

/** Settings of runs' configurations that are not the same in all. */
export function differingSettings(
  runs: readonly Pick<RunSource, 'config'>[],
): readonly SettingRow[] {
  const settings = runs.map(({ config }) => (config ? settingsOf(config) : {}));
  const names = [...new Set(settings.flatMap((one) => Object.keys(one)))];
  return names
    .map((name) => ({ name, values: settings.map((one) => one[name]) }))
    .filter(({ values }) => new Set(values).size > 1);
}

function settingsOf(config: RunConfig): Readonly<Record<string, SettingRow['values'][number]>> {
  const { hyperparameters, dataset, tokenizer, ...rest } = config;
  return {
    ...rest,
    dataset: dataset.name,
    'dataset digest': dataset.digest.slice(0, 12),
    'tokenizer digest': tokenizer.slice(0, 12),
    ...hyperparameters,
  };
}

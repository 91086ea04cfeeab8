import { join } from 'node:path';

import { createOnnxEngine } from '@q-anchor/backend';
import { loadModel, saveModel, type DualTowerConfig } from '@q-anchor/dual-tower';
import { saveScenario } from '@q-anchor/prompt-tuning';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { tinyModel } from '../../../prompt-tuning/test/support/tiny-model.js';
import { tunedScenario } from '../fixtures.js';

/** Tunes a scenario in a few steps and puts it beside a model. */
export async function writeScenario(
  directory: string,
  { name, seed }: { readonly name: string; readonly seed: number },
): Promise<void> {
  const model = await loadModel(directory);
  await using engine = createOnnxEngine({ threads: 1 });
  const { digest: _digest, ...scenario } = await tunedScenario(engine, { model, name, seed });
  await saveScenario(directory, scenario);
}

/** A model directory with one scenario, `takeout`. */
export async function writtenModel(config: Partial<DualTowerConfig> = {}): Promise<string> {
  const directory = join(await temporaryFolder(), 'model');
  await saveModel(directory, tinyModel(3, config));
  await writeScenario(directory, { name: 'takeout', seed: 1 });
  return directory;
}

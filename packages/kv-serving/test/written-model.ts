import { join } from 'node:path';

import { createOnnxEngine } from '@q-anchor/backend';
import { loadModel, saveModel } from '@q-anchor/dual-tower';
import { saveScenario } from '@q-anchor/prompt-tuning';

import { temporaryFolder } from '../../core/test/support/temporary-folder.js';
import { tinyModel } from '../../prompt-tuning/test/support/tiny-model.js';
import { tunedScenario } from './fixtures.js';

/** A model directory with one scenario, `takeout`. */
export async function writtenModel(): Promise<string> {
  const directory = join(await temporaryFolder(), 'model');
  await saveModel(directory, tinyModel());
  const model = await loadModel(directory);
  await using engine = createOnnxEngine({ threads: 1 });
  const { digest: _digest, ...scenario } = await tunedScenario(engine, {
    model,
    name: 'takeout',
    seed: 1,
  });
  await saveScenario(directory, scenario);
  return directory;
}

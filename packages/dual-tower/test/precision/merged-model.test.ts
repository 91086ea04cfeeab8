import { createOnnxEngine } from '@q-anchor/backend';
import { createRandom } from '@q-anchor/core';
import {
  createEmbedder,
  embeddingAgreement,
  initialDualTower,
  mergedModel,
  quantiseModel,
} from '@q-anchor/dual-tower';
import { expect, test } from 'vitest';

import { profiles, queries, tinyModel } from '../checkpoint/tiny-model.js';

const lora = { rank: 2, alpha: 4, dropout: 0.1, targets: ['q_proj', 'up_proj'] };

/** A model whose adapters do something. */
function adapted() {
  const model = tinyModel({ lora });
  const parameters = initialDualTower(model.config, 3);
  const random = createRandom(5);
  for (const [name, { data }] of Object.entries(parameters)) {
    if (!name.includes('.lora_B.')) continue;
    for (let i = 0; i < data.length; i++) data[i] = 0.3 * random.normal();
  }
  return { ...model, parameters };
}

test('a merged model has no adapters and embeds as the adapted one', async () => {
  const model = adapted();
  const merged = mergedModel(model);
  expect(merged.config.lora).toBeUndefined();
  expect(Object.keys(merged.parameters).filter((name) => name.includes('.lora_'))).toEqual([]);
  await using engine = createOnnxEngine({ threads: 1 });
  const embedded = async (of: Parameters<typeof createEmbedder>[1]) => {
    await using embedder = await createEmbedder(engine, of);
    return await embedder.embed(profiles, queries);
  };
  const expected = await embedded(model);
  const { output } = model.config.head;
  expect(embeddingAgreement([expected, await embedded(merged)], output).worst).toBeGreaterThan(
    1 - 1e-6,
  );
  // The adapters matter, and stay floats beside quantised weights.
  const { lora: _, ...plain } = model.config;
  const without = await embedded({ ...model, config: plain });
  expect(embeddingAgreement([expected, without], output).worst).toBeLessThan(0.999);
  const quantised = await embedded(quantiseModel(model, { weights: 'int8' }));
  expect(embeddingAgreement([expected, quantised], output).worst).toBeGreaterThan(0.999);
});

test('a model without adapters stays what it is', () => {
  const model = tinyModel();
  expect(mergedModel(model)).toEqual(model);
});

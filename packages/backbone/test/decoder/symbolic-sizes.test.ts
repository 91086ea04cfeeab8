import { expect, test } from 'vitest';

import {
  decoder,
  decoderConfigFrom,
  decoderParameters,
  initialParameters,
  nextTokenLogits,
  parameterInputs,
  tokenEmbeddings,
} from '@q-anchor/backbone';
import { createGraph } from '@q-anchor/graph';

import {
  drawnIds,
  engine,
  numbersOf,
  relativeError,
  run,
  tensorOf,
} from './support/decoder-runs.js';

test('the example of the README runs, at any batch and length', async () => {
  const config = decoderConfigFrom({
    model_type: 'qwen2',
    vocab_size: 300,
    hidden_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    intermediate_size: 128,
    tie_word_embeddings: true,
  });
  const specs = decoderParameters(config);
  const weights = initialParameters(specs, { seed: 1, layers: config.layers });
  const graph = createGraph();
  const parameters = parameterInputs(graph, specs);
  const tokens = (name: string) => graph.input(name, ['batch', 'time'], 'int64');
  const { hidden, cache } = decoder(parameters, {
    config,
    embeddings: tokenEmbeddings(parameters, tokens('ids')),
    layout: { segments: tokens('segments'), positions: tokens('positions') },
  });
  graph.output('logits', nextTokenLogits(parameters, { config, hidden }));
  graph.output('keys of layer 0', cache[0]!.keys);
  await using program = await engine.compile(graph);

  for (const [batch, time] of [
    [1, 1],
    [3, 5],
  ] as const) {
    const ids = Array.from({ length: batch }, (_, b) => drawnIds(time, { config, seed: b }));
    const layout = (at: (t: number) => number) =>
      tensorOf('int64', [[batch, time], ids.flatMap((row) => row.map((_, t) => at(t)))]);
    const outputs = await program.run({
      ...weights,
      ids: tensorOf('int64', [[batch, time], ids.flat()]),
      segments: layout(() => 0),
      positions: layout((t) => t),
    });
    expect(outputs['logits']!.shape).toEqual([batch, time, 300]);
    expect(outputs['keys of layer 0']!.shape).toEqual([batch, 2, time, 16]);

    // Logits are products with the embedding table, which is the output layer here.
    const states = await run({ config, weights, tokens: { ids }, dtype: 'float32' });
    const table = numbersOf(weights['model.embed_tokens.weight']!);
    const expected = states.hidden
      .flat()
      .flatMap((state) =>
        Array.from({ length: 300 }, (_, word) =>
          state.reduce((sum, value, c) => sum + value * table[word * 64 + c]!, 0),
        ),
      );
    expect(relativeError(numbersOf(outputs['logits']!), expected)).toBeLessThan(1e-5);
  }
});

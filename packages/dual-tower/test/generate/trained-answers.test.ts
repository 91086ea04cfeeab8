import { createOnnxEngine } from '@q-anchor/backend';
import type { UserProfile } from '@q-anchor/core';
import {
  collatePairs,
  createAnswerer,
  dualTowerLosses,
  dualTowerInputs,
  endOfText,
  memorySource,
  pretrain,
  type DualTowerModel,
  type TrainingExample,
} from '@q-anchor/dual-tower';
import { createGraph } from '@q-anchor/graph';
import { collateUsers, userEmbeddingToken } from '@q-anchor/user-tokens';
import { afterAll, expect, test } from 'vitest';

import { tinyModel } from '../checkpoint/tiny-model.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const query = 'Will this user order takeaway food?';
const answers = { 'takeaway pizza': 'Yes: pizza 🍕', 'paid the rent': '不会，只付房租' };
const examples = Object.entries(answers).map(([text, answer]): TrainingExample => {
  const profile: UserProfile = {
    userId: text,
    referenceDays: 30,
    events: { bill: [{ timeDays: 20, text }], spm: [] },
    tabular: {},
  };
  return { profile, pairs: [{ query, answer, source: 'uqa' }] };
});

/** Compiles the next-token loss of training on an example. */
async function lossOf({ config, parameters, collate }: DualTowerModel) {
  const graph = createGraph();
  const lookup = dualTowerInputs(graph, config);
  graph.output('loss', dualTowerLosses(graph, { config, parameters: lookup }).nextToken);
  const program = await engine.compile(graph);
  const { tokenizer } = collate;
  return async ({ profile, pairs }: TrainingExample): Promise<number> => {
    const users = collateUsers([profile], { config: config.users, ...collate });
    const pairFeeds = collatePairs([pairs], {
      encode: (text) => tokenizer.encode(text),
      userEmbeddingId: tokenizer.specialId(userEmbeddingToken),
      endId: tokenizer.specialId(endOfText),
      prefixLengths: users.prefixLengths,
    });
    const { loss } = await program.run({ ...parameters, ...users.feeds, ...pairFeeds });
    return loss!.data[0] as number;
  };
}

test('a model trained on two pairs answers with their texts', async () => {
  const untrained = tinyModel({ nextTokenWeight: 1 });
  const { config, collate } = untrained;
  const { state } = await pretrain({
    engine,
    config,
    initial: untrained.parameters,
    source: memorySource(examples),
    collate,
    settings: {
      steps: 200,
      batchUsers: 2,
      pairsPerUser: { uqa: 1, future: 0 },
      seed: 1,
      peakRate: 2e-2,
      warmupSteps: 5,
    },
  });
  const model = { ...untrained, parameters: state };
  const loss = await lossOf(model);
  await using answerer = await createAnswerer(engine, model);
  for (const example of examples) {
    const { profile, pairs } = example;
    const answer = answerer.answer(profile, query);
    const pieces: string[] = [];
    for await (const piece of answer) pieces.push(piece);
    const { text, stopReason, meanLogProbability } = await answer.finished();
    expect([text, stopReason]).toEqual([pairs[0]!.answer, 'end']);
    expect(pieces.join('')).toBe(text);
    for (const piece of pieces) expect(piece).not.toContain('\uFFFD');
    // What training calls the loss of this answer.
    expect(meanLogProbability).toBeCloseTo(-(await loss(example)), 5);
  }
});

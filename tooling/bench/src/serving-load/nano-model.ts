import { trainTokenizer } from '@q-anchor/backbone';
import { createRandom, type UserEvent } from '@q-anchor/core';
import {
  defaultContrastive,
  endOfText,
  initialDualTower,
  saveModel,
  type DualTowerConfig,
} from '@q-anchor/dual-tower';
import { fitValueScales, userSpecialTokens } from '@q-anchor/user-tokens';

const modality = 'purchase';
const windowDays = 90;

/** The time that the server is told it is. */
export const nowDays = 90;

/** Questions that are asked. */
export const questions: readonly string[] = [
  'Will this user buy coffee next week?',
  'Does this user travel?',
  'Is a repair coming up?',
  '',
];

const words = 'bread coffee rent tram shoes news ticket garden repair winter doctor school'.split(
  ' ',
);

/** A user's events, made up, oldest first; `user` decides all of them. */
export function madeUpEvents(user: number, count: number): readonly UserEvent[] {
  const random = createRandom(user);
  return Array.from({ length: count }, (_, i) => ({
    timeDays: (windowDays * (i + random.uniform())) / count,
    text: `bought ${random.pick(words)} and ${random.pick(words)}`,
    value: random.integer(100),
  }));
}

/** Events by modality. */
export const byModality = <Event>(events: Event): Record<string, Event> => ({ [modality]: events });

/**
 * Writes a model of the shape of the preset nano (decoder of two layers, width 128, vocabulary of 2048
 * at most), with random weights: what it costs doesn't depend on what it has learnt.
 *
 * @param directory - where to
 * @param maxEvents - the newest so many events are seen
 */
export async function writeNanoModel(directory: string, maxEvents: number): Promise<void> {
  const samples = Array.from({ length: 50 }, (_, user) => madeUpEvents(user, 20));
  const tokenizer = trainTokenizer({
    texts: [...questions, ...samples.flat().map(({ text }) => text)],
    vocabularySize: 2048,
    specialTokens: [endOfText, ...userSpecialTokens([modality])],
  });
  const { vocabularySize } = tokenizer;
  const config: DualTowerConfig = {
    decoder: {
      architecture: 'qwen2',
      vocabularySize,
      width: 128,
      layers: 2,
      heads: 4,
      keyValueHeads: 2,
      headSize: 32,
      feedForwardSize: 352,
      normEpsilon: 1e-6,
      rotaryBase: 10_000,
      tiedEmbeddings: true,
      attentionBias: true,
      maxPositions: 1024,
    },
    users: {
      modalities: [{ name: modality, maxEvents, maxTokens: 16 }],
      eventWidth: 128,
      width: 128,
      vocabularySize,
      tabularFeatures: 0,
      windowDays,
      timeFeatures: true,
      valueFeatures: true,
      userMean: 'present',
    },
    head: { hidden: 256, output: 128 },
    contrastive: defaultContrastive,
    nextTokenWeight: 1,
    nextTokenReduction: 'mean',
  };
  const profiles = samples.map((events, user) => ({
    userId: `u${user}`,
    referenceDays: nowDays,
    events: byModality(events),
    tabular: {},
  }));
  await saveModel(directory, {
    config,
    parameters: initialDualTower(config, 1),
    collate: { tokenizer, tabular: { columns: [] }, valueScales: fitValueScales(profiles) },
  });
}

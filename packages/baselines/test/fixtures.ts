import { trainTokenizer } from '@q-anchor/backbone';
import { createRandom, type UserProfile } from '@q-anchor/core';
import {
  defaultContrastive,
  endOfText,
  initialDualTower,
  type DualTowerConfig,
  type DualTowerModel,
} from '@q-anchor/dual-tower';
import {
  fitTabularSchema,
  fitValueScales,
  tabularFeatureCount,
  userSpecialTokens,
} from '@q-anchor/user-tokens';

import { tinyDecoder } from '../../dual-tower/test/support/tiny-decoder.js';

export { relativeError } from '../../core/test/support/relative-error.js';
export { lora } from '../../prompt-tuning/test/support/tiny-model.js';

/** What users of the first kind do, and those of the second. */
const habits = [
  { bill: ['takeaway pizza', 'taxi at night'], app: ['games', 'music'] },
  { bill: ['paid the rent', 'weekly shopping'], app: ['bank', 'news'] },
] as const;

/** Users of two kinds who mostly do what is theirs. */
export function madeUsers(
  seed: number,
  {
    count,
    purity = 0.85,
    events = 3,
  }: { readonly count: number; readonly purity?: number; readonly events?: number },
): { readonly profiles: readonly UserProfile[]; readonly kinds: readonly number[] } {
  const random = createRandom(seed);
  const kinds = Array.from({ length: count }, (_, i) => i % 2);
  const profiles = kinds.map((kind, i): UserProfile => {
    const eventsOf = (modality: 'bill' | 'app', least: number): UserProfile['events'][string] =>
      Array.from({ length: least + random.integer(4) }, () => {
        const own = random.uniform() < purity ? kind : 1 - kind;
        const event = {
          timeDays: 30 * random.uniform(),
          text: random.pick(habits[own]![modality]),
        };
        return modality === 'bill' ? { ...event, value: 10 * random.uniform() } : event;
      }).toSorted((a, b) => a.timeDays - b.timeDays);
    return {
      userId: `u${i}`,
      referenceDays: 30,
      events: { bill: eventsOf('bill', events), app: eventsOf('app', events - 1) },
      tabular: { age: i % 7 === 0 ? null : 20 + random.integer(40), city: `c${i % 3}` },
    };
  });
  return { profiles, kinds };
}

/** A model small enough for tests, untrained. */
export function tinyModel(seed = 3, options: Partial<DualTowerConfig> = {}): DualTowerModel {
  const { profiles } = madeUsers(1, { count: 20 });
  const modalities = ['bill', 'app', 'tabular'];
  const tokenizer = trainTokenizer({
    texts: habits.flatMap(({ bill, app }) => [...bill, ...app]),
    vocabularySize: 300,
    specialTokens: [endOfText, ...userSpecialTokens(modalities)],
  });
  const tabular = fitTabularSchema(profiles);
  const { vocabularySize } = tokenizer;
  const config: DualTowerConfig = {
    decoder: tinyDecoder(vocabularySize, { maxPositions: 256 }),
    users: {
      modalities: [
        { name: 'bill', maxEvents: 16, maxTokens: 8 },
        { name: 'app', maxEvents: 16, maxTokens: 8 },
      ],
      eventWidth: 12,
      width: 16,
      vocabularySize,
      tabularFeatures: tabularFeatureCount(tabular),
      windowDays: 30,
      timeFeatures: true,
      valueFeatures: true,
      userMean: 'present',
    },
    head: { hidden: 20, output: 8 },
    contrastive: defaultContrastive,
    nextTokenWeight: 1,
    nextTokenReduction: 'mean',
    ...options,
  };
  return {
    config,
    parameters: initialDualTower(config, seed),
    collate: { tokenizer, tabular, valueScales: fitValueScales(profiles) },
  };
}

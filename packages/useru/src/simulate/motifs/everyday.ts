import { isWeekend } from '../calendar.js';
import { poisson, timeOfDay, weightedIndex } from '../draws.js';
import type { Traits } from '../person/traits.js';
import { interestActions } from '../vocabulary/assortment.js';
import {
  byModality,
  simulatedModalities,
  type SimulatedModality,
} from '../vocabulary/modalities.js';
import type { Motif } from './motif.js';

/** Events of a middling person a day. */
const dailyRates: Readonly<Record<SimulatedModality, number>> = {
  bill: 0.22,
  mini: 0.14,
  spm: 0.18,
  search: 0.08,
  app: 0.14,
};

/** The share of events that have nothing to do with the person: gifts, errands, slips of the finger. */
const noiseShare = 0.06;

/** What people do out of interest, with the rhythm of their week and day, and noise. */
export const everyday: Motif = ({ person, days, random, log }) => {
  let weights: Readonly<Record<SimulatedModality, readonly number[]>> | undefined;
  let weighted: Traits | undefined;
  for (let day = 0; day < days; day++) {
    const traits = person.traitsOn(day);
    if (weights === undefined || traits !== weighted) {
      weights = kindWeights(traits);
      weighted = traits;
    }
    const { weekendLean, nightOwl, income, priceSensitivity, quarter } = traits;
    const week = isWeekend(day) ? 1 + weekendLean : 1 - 0.4 * weekendLean;
    const level = week * Math.exp(person.levelOn(day));
    for (const modality of simulatedModalities) {
      for (let n = poisson(dailyRates[modality] * level, random); n > 0; n--) {
        const kinds = interestActions[modality];
        const isNoise = random.uniform() < noiseShare;
        const place = isNoise
          ? random.integer(kinds.length)
          : weightedIndex(weights[modality], random);
        const { texts, category, price } = kinds[place]!;
        // A few favourites of one's own quarter, and a long tail.
        const rank = Math.floor(texts.length * random.uniform() ** 3);
        const own = (quarter * 7919 + place * 104_729) % texts.length;
        log.add(modality, {
          timeDays: day + timeOfDay(random, nightOwl),
          text: texts[(own + rank) % texts.length]!,
          category,
          ...(price === undefined
            ? {}
            : {
                value:
                  price * Math.exp(0.5 * random.normal() + 0.6 * income - 0.4 * priceSensitivity),
              }),
        });
      }
    }
  }
};

const kindWeights = (traits: Traits): Record<SimulatedModality, readonly number[]> =>
  byModality((modality) =>
    interestActions[modality].map(
      ({ interest, weight }) => weight * (0.02 + traits.interests[interest]),
    ),
  );

import { between, poisson, timeOfDay } from '../draws.js';
import type { LifeEventKind } from '../person/life-events.js';
import { lifeMarks } from '../vocabulary/life-marks.js';
import type { Motif } from './motif.js';

/** A life event leaves a handful of marks in the weeks after it, some of them in other lives too. */
export const lifeMarksMotif: Motif = ({ person, days, random, log }) => {
  const mark = (kind: LifeEventKind, timeDays: number): void => {
    const { modality, text, category, value } = random.pick(lifeMarks[kind]);
    log.add(modality, {
      timeDays,
      text,
      category,
      ...(value === undefined ? {} : { value: value * Math.exp(0.4 * random.normal()) }),
    });
  };
  for (const { kind, day } of person.lifeEvents) {
    for (let n = 2 + poisson(2.5, random); n > 0; n--) mark(kind, day + between(random, 0, 18));
  }
  const kinds = Object.keys(lifeMarks) as LifeEventKind[];
  for (let n = poisson(days / 60, random); n > 0; n--) {
    mark(random.pick(kinds), random.integer(days) + timeOfDay(random, 0));
  }
};

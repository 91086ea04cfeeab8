import { isOmission } from '../../future/omission.js';
import { burstFact, courseFact, latestFact, silenceFact, volumeFact } from './activity-facts.js';
import {
  backgroundFacts,
  comparisonFacts,
  diversityFact,
  favouriteFact,
  mixFact,
  noBackgroundFact,
} from './content-facts.js';
import type { Fact } from './fact.js';
import { isCalendar, type PastBehaviour } from './past.js';
import { daytimeFact, hasClock, paceFact, weekendFact } from './rhythm-facts.js';

/** Facts about how a user behaves as a whole, whatever the data is about; omissions do not count. */
export function behaviourFacts(recorded: PastBehaviour): Fact[] {
  const actions = recorded.actions.filter(({ category }) => !isOmission(category));
  const past = { ...recorded, actions };
  const background = [...backgroundFacts(past), ...noBackgroundFact(past)];
  if (actions.length === 0) return [volumeFact(past), ...background];
  const several = new Set(actions.map(({ modality }) => modality)).size > 1;
  return [
    volumeFact(past),
    latestFact(past),
    silenceFact(past),
    courseFact(past),
    favouriteFact(past),
    diversityFact(past),
    burstFact(past),
    paceFact(past),
    ...comparisonFacts(past),
    ...(several ? [mixFact(past)] : []),
    ...(isCalendar(past.profile) ? [weekendFact(past)] : []),
    ...(hasClock(past) ? [daytimeFact(past)] : []),
    ...background,
  ];
}

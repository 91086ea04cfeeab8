import { peakFact, rhythmFact, trendFact } from './course-facts.js';
import type { Fact } from './fact.js';
import { trendDays, type Group } from './group.js';
import { labelFact } from './label-facts.js';
import { absentFact, frequencyFact, recencyFact, shareFact } from './presence-facts.js';
import { sumFact, valueFact, valuesOf } from './value-facts.js';

/** All facts about a group: one negative fact where nothing of it occurred. */
export function groupFacts(group: Group): Fact[] {
  const { mentions, totalCount, windowDays } = group;
  if (mentions.length === 0) return [absentFact(group)];
  const values = valuesOf(group);
  const isAmount = group.valueScale?.kind !== 'score';
  return [
    frequencyFact(group),
    recencyFact(group),
    ...(windowDays >= 2 * trendDays ? [trendFact(group)] : []),
    ...(mentions.length < totalCount ? [shareFact(group)] : []),
    peakFact(group),
    rhythmFact(group),
    ...(values.length > 0 ? [valueFact(group, values)] : []),
    ...(values.length > 1 && isAmount ? [sumFact(group, values)] : []),
    ...(mentions.some(({ label }) => label !== undefined) ? [labelFact(group)] : []),
  ];
}

import { median } from '../../future/period-summary.js';
import {
  activeAges,
  busiestWeek,
  fewRecords,
  nounWords,
  paceWords,
  timesWords,
  trendWords,
  weekWords,
  type Fact,
} from './fact.js';
import { countWithin, trendDays, type Group } from './group.js';
import { peakQueries, rhythmQueries, trendQueries } from './group-queries.js';

const groupTrend = (recent: number, earlier: number): string => {
  if (recent === 0) return earlier === 0 ? 'Nothing lately' : 'Stopped lately';
  return earlier === 0 ? 'New or revived' : trendWords(recent, earlier, ['Growing', 'Fading']);
};

const tooFew = ({ name, mentions, windowDays }: Group): string[] => [
  `Too little to tell: ${name} only ${timesWords(mentions.length)} in the last ${windowDays} days.`,
  `Uncertain, with ${name} only ${timesWords(mentions.length)} in ${windowDays} days.`,
];

/** The last two weeks against the two before. */
export function trendFact(group: Group): Fact {
  const { topic, name, mentions } = group;
  return {
    topic,
    weight: 1,
    queries: trendQueries(name),
    answers: () => {
      if (mentions.length < fewRecords) return tooFew(group);
      const recent = countWithin(mentions, 0, trendDays);
      const earlier = countWithin(mentions, trendDays, 2 * trendDays);
      const head = groupTrend(recent, earlier);
      return [
        `${head}: ${name} ${recent} in the last ${trendDays} days against ${earlier} in the ${trendDays} before.`,
        `${head}, ${name} from ${earlier} to ${recent} between the last two spans of ${trendDays} days.`,
      ];
    },
  };
}

/** The busiest week. */
export function peakFact(group: Group): Fact {
  const { topic, name, mentions } = group;
  return {
    topic,
    weight: 0.7,
    queries: peakQueries(name),
    answers: () => {
      if (mentions.length < fewRecords) return tooFew(group);
      const [week, count] = busiestWeek(mentions.map(({ ageDays }) => ageDays));
      if (count === 1) {
        return [`No peak: never more than 1 of ${mentions.length} records of ${name} in a week.`];
      }
      return [
        `The busiest week of ${name} was ${weekWords(week)}: ${count} of ${mentions.length}.`,
        `Peak ${weekWords(week)}, with ${count} of ${mentions.length} records of ${name}.`,
      ];
    },
  };
}

/** How many days usually lie between. */
export function rhythmFact(group: Group): Fact {
  const { topic, name, mentions } = group;
  return {
    topic,
    weight: 0.7,
    queries: rhythmQueries(name),
    answers: () => {
      const ages = activeAges(mentions.map(({ ageDays }) => ageDays));
      if (ages.length < fewRecords) return tooFew(group);
      const gaps = ages.slice(1).map((age, i) => age - ages[i]!);
      const usual = Math.round(median(gaps));
      const longest = Math.max(...gaps);
      const head = paceWords(usual, longest);
      return [
        `${head}: usually ${nounWords(usual, 'day')} between days with ${name}, at most ${longest}.`,
        `${head}, ${name} on ${ages.length} days with gaps of usually ${nounWords(usual, 'day')}, ${longest} at most.`,
      ];
    },
  };
}

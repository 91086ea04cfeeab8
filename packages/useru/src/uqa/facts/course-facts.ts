import { median } from '../../future/period-summary.js';
import {
  activeAges,
  busiestWeek,
  fewRecords,
  nounWords,
  paceWords,
  timesWords,
  weekWords,
  type Fact,
} from './fact.js';
import { countWithin, trendDays, type Group } from './group.js';

const trendWords = (recent: number, earlier: number): string => {
  if (recent === 0) return earlier === 0 ? 'Nothing lately' : 'Stopped lately';
  if (earlier === 0) return 'New or revived';
  if (recent >= 1.25 * earlier) return 'Growing';
  return recent <= 0.8 * earlier ? 'Fading' : 'Steady';
};

const tooFew = ({ name, mentions, windowDays }: Group): string[] => [
  `Too little to tell: ${name} only ${timesWords(mentions.length)} in the last ${windowDays} days.`,
  `Uncertain, as ${name} occurs only ${timesWords(mentions.length)} in ${windowDays} days.`,
];

/** The last two weeks against the two before. */
export function trendFact(group: Group): Fact {
  const { topic, name, mentions } = group;
  return {
    topic,
    weight: 1,
    queries: [
      `Is the user's interest in ${name} growing or fading?`,
      `How has ${name} changed for this user lately?`,
      `What is the trend in ${name}?`,
      `Does the user do more or less ${name} than some weeks ago?`,
    ],
    answers: () => {
      if (mentions.length < fewRecords) return tooFew(group);
      const recent = countWithin(mentions, 0, trendDays);
      const earlier = countWithin(mentions, trendDays, 2 * trendDays);
      const head = trendWords(recent, earlier);
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
    queries: [
      `When was the user busiest with ${name}?`,
      `In which week did ${name} peak?`,
      `Was there a burst of ${name}, and when?`,
    ],
    answers: () => {
      if (mentions.length < fewRecords) return tooFew(group);
      const [week, count] = busiestWeek(mentions.map(({ ageDays }) => ageDays));
      if (count === 1) {
        return [`No peak: never more than 1 of ${mentions.length} ${name} records in a week.`];
      }
      return [
        `The busiest week of ${name} was ${weekWords(week)}: ${count} of ${mentions.length}.`,
        `Peak ${weekWords(week)}, with ${count} of ${mentions.length} ${name} records.`,
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
    queries: [
      `How regular is ${name} for this user?`,
      `How many days usually lie between two times of ${name}?`,
      `Does ${name} follow a rhythm?`,
    ],
    answers: () => {
      const ages = activeAges(mentions.map(({ ageDays }) => ageDays));
      if (ages.length < fewRecords) return tooFew(group);
      const gaps = ages.slice(1).map((age, i) => age - ages[i]!);
      const usual = Math.round(median(gaps));
      const longest = Math.max(...gaps);
      const head = paceWords(usual);
      return [
        `${head}: usually ${nounWords(usual, 'day')} between days with ${name}, at most ${longest}.`,
        `${head}, ${name} on ${ages.length} days with gaps of usually ${nounWords(usual, 'day')}, ${longest} at most.`,
      ];
    },
  };
}

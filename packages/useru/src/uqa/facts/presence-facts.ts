import { capital } from '../../future/wording.js';
import { activityLevel } from '../../future/levels.js';
import { activeAges, agoWords, nounWords, percentWords, timesWords, type Fact } from './fact.js';
import { countWithin, type Group } from './group.js';
import {
  frequencyQueries,
  peakQueries,
  recencyQueries,
  rhythmQueries,
  shareQueries,
  trendQueries,
} from './group-queries.js';

/** That nothing of a group occurred. */
export function absentFact(group: Group): Fact {
  const { topic, name, totalCount, windowDays } = group;
  const records = nounWords(totalCount, 'record');
  return {
    topic,
    weight: 1,
    queries: [
      ...frequencyQueries(name),
      ...recencyQueries(name),
      ...trendQueries(name),
      ...shareQueries(name),
      ...peakQueries(name),
      ...rhythmQueries(name),
    ],
    answers: () => [
      `No sign of ${name} among ${records} of the last ${windowDays} days.`,
      `None: not one of ${records} in ${windowDays} days has to do with ${name}.`,
      `Nothing points to ${name}: 0 of ${records} in the last ${windowDays} days.`,
    ],
  };
}

/** How often. */
export function frequencyFact(group: Group): Fact {
  const { topic, name, mentions, windowDays, countCuts } = group;
  return {
    topic,
    weight: 1.5,
    queries: frequencyQueries(name),
    answers: () => {
      const days = nounWords(activeAges(mentions.map(({ ageDays }) => ageDays)).length, 'day');
      const times = timesWords(mentions.length);
      const head =
        countCuts === undefined ? 'Yes' : capital(activityLevel(mentions.length, countCuts));
      return [
        `${head}: ${name} ${times} in the last ${windowDays} days, on ${days}.`,
        `${head}, with ${name} ${times} on ${days} of the last ${windowDays}.`,
        `${head}: ${days} of ${windowDays} with ${name}, ${times} in all.`,
        ...(mentions.length === 1
          ? [`Hardly: ${name} ${times} in ${windowDays} days, ${agoWords(mentions[0]!.ageDays)}.`]
          : []),
      ];
    },
  };
}

/** How long ago the latest was. */
export function recencyFact(group: Group): Fact {
  const { topic, name, mentions } = group;
  return {
    topic,
    weight: 1,
    queries: recencyQueries(name),
    answers: () => {
      const ago = agoWords(
        mentions.reduce((least, { ageDays }) => Math.min(least, ageDays), Infinity),
      );
      const week = countWithin(mentions, 0, 7);
      const lately = week === 0 ? 'not once' : timesWords(week);
      return [
        `Last ${name} ${ago}; ${lately} in the last 7 days.`,
        `${week === 0 ? 'Not lately' : 'Lately'}: ${name} ${lately} in the last 7 days, the latest ${ago}.`,
      ];
    },
  };
}

/** Which part of everything. */
export function shareFact(group: Group): Fact {
  const { topic, name, mentions, totalCount } = group;
  return {
    topic,
    weight: 0.7,
    queries: shareQueries(name),
    answers: () => {
      const share = mentions.length / totalCount;
      const head = share >= 0.5 ? 'Dominant' : share >= 0.2 ? 'Important' : 'Minor';
      const percent = percentWords(mentions.length, totalCount);
      return [
        `${head}: ${name} in ${percent} of ${totalCount} records.`,
        `${head} part: ${mentions.length} of ${totalCount} records with ${name}, ${percent}.`,
      ];
    },
  };
}

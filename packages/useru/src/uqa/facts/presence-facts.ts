import { activityLevel } from '../../future/levels.js';
import {
  activeAges,
  agoWords,
  capital,
  nounWords,
  percentWords,
  timesWords,
  type Fact,
} from './fact.js';
import { countWithin, type Group } from './group.js';

/** That nothing of a group occurred. */
export function absentFact(group: Group): Fact {
  const { topic, name, totalCount, windowDays } = group;
  const records = nounWords(totalCount, 'record');
  return {
    topic,
    weight: 1,
    queries: [
      `How often does the user deal with ${name}?`,
      `Is there any sign of ${name} in the user's behaviour?`,
      `Does this user care about ${name}?`,
      `How interested is the user in ${name}?`,
      `When did the user last deal with ${name}?`,
      `Is the user's interest in ${name} growing or fading?`,
      `How important is ${name} among everything the user does?`,
    ],
    answers: () => [
      `No sign of ${name} among ${records} of the last ${windowDays} days.`,
      `None: ${name} does not occur in ${records} of ${windowDays} days.`,
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
    queries: [
      `How often does the user deal with ${name}?`,
      `Is there any sign of ${name} in the user's behaviour?`,
      `How interested is the user in ${name}?`,
      `Does this user care about ${name}?`,
      `How much ${name} is there in the user's record?`,
      `How strong is the user's habit of ${name}?`,
    ],
    answers: () => {
      const days = nounWords(activeAges(mentions.map(({ ageDays }) => ageDays)).length, 'day');
      const times = timesWords(mentions.length);
      const head =
        countCuts === undefined ? 'Yes' : capital(activityLevel(mentions.length, countCuts));
      return [
        `${head}: ${name} ${times} in the last ${windowDays} days, on ${days}.`,
        `${head}, with ${name} ${times} on ${days} of the last ${windowDays}.`,
        ...(mentions.length === 1
          ? [`Hardly: ${name} ${times} in ${windowDays} days, ${agoWords(mentions[0]!.ageDays)}.`]
          : []),
      ];
    },
  };
}

/** How long ago the latest was. */
export function recencyFact(group: Group): Fact {
  const { topic, name, mentions, windowDays } = group;
  return {
    topic,
    weight: 1,
    queries: [
      `When did the user last deal with ${name}?`,
      `How recent is the user's latest ${name}?`,
      `Has the user touched ${name} lately?`,
      `Is ${name} still a thing for this user?`,
    ],
    answers: () => {
      const ago = agoWords(
        mentions.reduce((least, { ageDays }) => Math.min(least, ageDays), Infinity),
      );
      const week = countWithin(mentions, 0, 7);
      const lately = week === 0 ? 'not once' : timesWords(week);
      return [
        `Last ${name} ${ago}; ${lately} in the last 7 days.`,
        `${week === 0 ? 'Not lately' : 'Lately'}: ${name} ${lately} in the last 7 days, the latest ${ago} of ${windowDays}.`,
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
    queries: [
      `What share of the user's behaviour is ${name}?`,
      `How important is ${name} among everything the user does?`,
      `Is ${name} a main part of the user's life?`,
    ],
    answers: () => {
      const share = mentions.length / totalCount;
      const head = share >= 0.5 ? 'Dominant' : share >= 0.2 ? 'Important' : 'Minor';
      const percent = percentWords(mentions.length, totalCount);
      return [
        `${head}: ${name} is ${percent} of ${totalCount} records.`,
        `${head} part: ${mentions.length} of ${totalCount} records are ${name}, ${percent}.`,
      ];
    },
  };
}

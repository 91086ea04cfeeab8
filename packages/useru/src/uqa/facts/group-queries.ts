/**
 * Phrasings of the questions that can be asked of anything, done or not, so that a question doesn't
 * give away whether there is something to say. A name may be singular or plural: none stands where a
 * verb would have to agree with it.
 */

/** How often, and whether at all. */
export const frequencyQueries = (name: string): string[] => [
  `How often does the user deal with ${name}?`,
  `Is there any sign of ${name} in the user's behaviour?`,
  `How interested is the user in ${name}?`,
  `Does this user care about ${name}?`,
  `How keen is the user on ${name}?`,
  `How much does the user have to do with ${name}?`,
];

/** How long ago. */
export const recencyQueries = (name: string): string[] => [
  `When did the user last deal with ${name}?`,
  `How long has the user stayed away from ${name}?`,
  `Has the user had anything to do with ${name} lately?`,
  `Is the user still into ${name}?`,
];

/** More or less than before. */
export const trendQueries = (name: string): string[] => [
  `Is the user's interest in ${name} growing or fading?`,
  `What has changed in ${name} for this user lately?`,
  `What is the trend in ${name}?`,
  `Does the user turn to ${name} more or less than some weeks ago?`,
];

/** Which part of everything. */
export const shareQueries = (name: string): string[] => [
  `What share of the user's behaviour has to do with ${name}?`,
  `How much of what the user does is about ${name}?`,
  `Is a large part of what the user does about ${name}?`,
];

/** When most. */
export const peakQueries = (name: string): string[] => [
  `When was the user busiest with ${name}?`,
  `In which week did ${name} peak?`,
  `Was there a burst of ${name}, and when?`,
];

/** How regular. */
export const rhythmQueries = (name: string): string[] => [
  `How regularly does the user come back to ${name}?`,
  `How many days usually lie between two records of ${name}?`,
  `Is there a rhythm in the user's ${name}?`,
];

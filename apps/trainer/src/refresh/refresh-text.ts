import type { RefreshCounts } from './refresh-counts.js';

const number = (value: number): string => value.toLocaleString('en-US');

/** A share in per cent, one decimal. */
const percent = (part: number, whole: number): string =>
  `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;

/** What a refresh did, for people. */
export function refreshText(
  counts: RefreshCounts,
  { seconds, modalities }: { readonly seconds: number; readonly modalities: number },
): string {
  const { users, touched, removed } = counts;
  const gone = removed > 0 ? `, ${number(removed)} no longer there` : '';
  const work = counts.scanSeconds + counts.embedSeconds + counts.writeSeconds;
  return [
    `users      ${number(users)}${gone}`,
    `embedded   ${number(touched)}: ${number(counts.events)} for what they did, ${number(counts.time)} for the time, ${number(counts.new)} new`,
    `saved      ${percent(users - touched, users)} of the users`,
    `modalities ${number(counts.modalities)} of ${number(touched * modalities)} of those embedded changed`,
    `texts      ${number(counts.textsEncoded)} of events encoded, ${number(counts.textsFound)} found`,
    `seconds    ${seconds.toFixed(1)}; work ${work.toFixed(1)}: looking ${counts.scanSeconds.toFixed(1)}, embedding ${counts.embedSeconds.toFixed(1)}, writing ${counts.writeSeconds.toFixed(1)}`,
  ].join('\n');
}

import type { UserProfile } from '@q-anchor/core';

/** Text of one event or feature beyond this many characters is cut. */
const maxTextCharacters = 200;

/** More features than this are left out. */
const maxFeatures = 200;

/** JSON for a prompt. */
export type PromptJson =
  | null
  | number
  | string
  | readonly PromptJson[]
  | { readonly [key: string]: PromptJson };

/**
 * JSON that stays one string of data whatever is in it: control and formatting characters, and `<`
 * and `>`, which may spell a chat template's marks, are written as escapes.
 */
export function promptJson(value: PromptJson): string {
  return JSON.stringify(value).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}<>]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

const cut = (text: string): string => {
  if (text.length <= maxTextCharacters) return text;
  const end = text.slice(0, maxTextCharacters).replace(/[\uD800-\uDBFF]$/u, '');
  return `${end}…`;
};

const decimals = (value: number, places: number): number =>
  Math.round(value * 10 ** places) / 10 ** places;

/**
 * A profile as data for a prompt: features; and of each modality how many events there are in all,
 * in the last 7 and 30 days, and the newest of them, newest first, as many as fit. Where a profile
 * holds no more than the newest events, there may be more than are counted, and the counts say so.
 *
 * @param options - `maxCharacters` of the JSON, shared between the modalities; `maxEvents` that a
 * profile holds of each
 */
export function profileJson(
  profile: UserProfile,
  options: {
    readonly windowDays: number;
    readonly maxCharacters: number;
    readonly maxEvents?: Readonly<Record<string, number>> | undefined;
  },
): PromptJson {
  const { referenceDays, events, tabular } = profile;
  const features: Record<string, PromptJson> = {};
  for (const [column, value] of Object.entries(tabular).slice(0, maxFeatures)) {
    features[cut(column)] = typeof value === 'string' ? cut(value) : value;
  }
  let left = options.maxCharacters - promptJson(features).length;
  const modalities = Object.entries(events)
    .map(([modality, list]) => {
      const rows = list
        .toReversed()
        .map(({ timeDays, text, value }): PromptJson => [
          decimals(referenceDays - timeDays, 1),
          cut(text),
          ...(value === undefined || !Number.isFinite(value) ? [] : [decimals(value, 2)]),
        ]);
      const sizes = rows.map((row) => promptJson(row).length + 1);
      return { modality, list, rows, sizes, size: sizes.reduce((sum, size) => sum + size, 0) };
    })
    // The small ones first: what they leave is for the large.
    .toSorted((a, b) => a.size - b.size || (a.modality < b.modality ? -1 : 1));
  const shown: Record<string, PromptJson> = {};
  for (const [i, { modality, list, rows, sizes }] of modalities.entries()) {
    const budget = left / (modalities.length - i);
    let used = 0;
    let fit = 0;
    while (fit < rows.length && used + sizes[fit]! <= budget) used += sizes[fit++]!;
    left -= used;
    const isCut = list.length >= (options.maxEvents?.[modality] ?? Infinity);
    const within = (days: number): PromptJson => {
      const count = list.filter(({ timeDays }) => referenceDays - timeDays <= days).length;
      return isCut && count === list.length ? `${count} or more` : count;
    };
    shown[modality] = {
      recorded: within(Infinity),
      last7Days: within(7),
      last30Days: within(30),
      newestFirst: rows.slice(0, fit),
    };
  }
  return {
    windowDays: options.windowDays,
    features,
    eventColumns: ['daysAgo', 'text', 'value'],
    events: Object.fromEntries(Object.keys(events).map((modality) => [modality, shown[modality]!])),
  };
}

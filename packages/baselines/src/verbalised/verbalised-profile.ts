import type { UserEvent, UserProfile } from '@q-anchor/core';
import { keptEvents, type UserTokensConfig } from '@q-anchor/user-tokens';

/** A profile in words. */
export interface VerbalisedProfile {
  /** What it says. */
  readonly text: string;
  /** Its tokens: those of its pieces one after the other. */
  readonly ids: readonly number[];
}

/** How a profile is put into words. */
export interface VerbalisedOptions {
  /** Modalities, caps and window: the events that a model would read. */
  readonly config: Pick<UserTokensConfig, 'modalities' | 'windowDays'>;
  /** Tokens of a text. */
  readonly encode: (text: string) => readonly number[];
  /** Tokens at most. */
  readonly maxTokens: number;
}

/** Text of one event or profile value beyond this many characters is cut. */
const maxTextCharacters = 200;

/**
 * A profile as plain text: its columns, then of each modality how many events there are and the newest of
 * them, newest first, as many as fit:
 *
 * "Profile: age 34, city large. bill: 3 events in 90 days, 2 in the last 7. Today: coffee 3.5, lunch 12.
 * 9 days ago: rent 900."
 *
 * Tokens are shared between the modalities; what small ones leave is for the large.
 *
 * @param profile - the user
 * @param options - events, tokenizer, most tokens
 */
export function verbalisedProfile(
  profile: UserProfile,
  options: VerbalisedOptions,
): VerbalisedProfile {
  const { config, encode, maxTokens } = options;
  const pieceOf = (text: string): Piece => ({ text, ids: encode(text) });
  const kept = keptEvents(profile, config);
  const modalities = config.modalities
    .map(({ name }, m) => ({
      head: pieceOf(headOf(name, { profile, events: kept[m]!, windowDays: config.windowDays })),
      events: eventTexts(kept[m]!, profile.referenceDays).map(pieceOf),
    }))
    .map((one, place) => ({ ...one, place, tokens: tokensOf(one.events) }));
  const shown: Piece[] = [pieceOf(columnsText(profile.tabular))];
  const stop = pieceOf('.');
  const ends = modalities.flatMap(({ head }) => [head, stop]);
  let left = maxTokens - tokensOf(shown) - tokensOf(ends);
  const fitting = new Map<number, readonly Piece[]>();
  const bySize = modalities.toSorted((a, b) => a.tokens - b.tokens || a.place - b.place);
  for (const [i, { events, place }] of bySize.entries()) {
    const fit = fittingIn(events, Math.floor(Math.max(0, left) / (bySize.length - i)));
    left -= tokensOf(fit);
    fitting.set(place, fit);
  }
  for (const { head, place } of modalities) {
    const fit = fitting.get(place)!;
    shown.push(head, ...fit, ...(fit.length > 0 ? [stop] : []));
  }
  return {
    text: shown.map(({ text }) => text).join(''),
    // Columns and heads alone may be too long.
    ids: shown.flatMap(({ ids }) => ids).slice(0, maxTokens),
  };
}

interface Piece {
  readonly text: string;
  readonly ids: readonly number[];
}

const tokensOf = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, { ids }) => sum + ids.length, 0);

/** As many pieces from the first on as have no more tokens. */
function fittingIn(pieces: readonly Piece[], tokens: number): readonly Piece[] {
  let used = 0;
  let count = 0;
  while (count < pieces.length && used + pieces[count]!.ids.length <= tokens) {
    used += pieces[count++]!.ids.length;
  }
  return pieces.slice(0, count);
}

/** One line of bounded length. */
const plain = (text: string): string =>
  text.replaceAll(/\s+/gu, ' ').trim().slice(0, maxTextCharacters);

const number = (value: number): string => `${Math.round(value * 100) / 100}`;

function columnsText(tabular: UserProfile['tabular']): string {
  const known = Object.entries(tabular).flatMap(([name, value]) => {
    if (value === null || (typeof value === 'number' && !Number.isFinite(value))) return [];
    return [`${plain(name)} ${typeof value === 'number' ? number(value) : plain(value)}`];
  });
  return known.length === 0 ? 'Profile: nothing known.' : `Profile: ${known.join(', ')}.`;
}

function headOf(
  name: string,
  {
    profile: { referenceDays },
    events,
    windowDays,
  }: {
    readonly profile: UserProfile;
    readonly events: readonly UserEvent[];
    readonly windowDays: number;
  },
): string {
  const recent = events.filter(({ timeDays }) => referenceDays - timeDays <= 7).length;
  const count = events.length === 1 ? '1 event' : `${events.length || 'no'} events`;
  const inLastWeek = recent > 0 ? `, ${recent} in the last 7` : '';
  return ` ${name}: ${count} in ${windowDays} days${inLastWeek}.`;
}

/** Events in words, newest first; the day is told once. */
function eventTexts(events: readonly UserEvent[], referenceDays: number): readonly string[] {
  let day = -1;
  return events.toReversed().map(({ timeDays, text, value }) => {
    const own = Math.floor(referenceDays - timeDays);
    const amount = value === undefined || !Number.isFinite(value) ? '' : ` ${number(value)}`;
    const said = `${plain(text)}${amount}`;
    if (own === day) return `, ${said}`;
    const isFirst = day === -1;
    day = own;
    return `${isFirst ? '' : '.'} ${dayText(own)}: ${said}`;
  });
}

function dayText(days: number): string {
  if (days === 0) return 'Today';
  return days === 1 ? 'Yesterday' : `${days} days ago`;
}

import type { UserProfile } from '@q-anchor/core';

import { keptEventIndices } from '../collate/kept-events.js';
import { modalityNames } from '../config.js';
import { prefixSlots, type PrefixSlotsOptions } from './prefix-slots.js';

/** What one token of a user's prefix stands for. */
export type PrefixToken =
  | { readonly kind: 'header' | 'user' }
  /** `summary`: the modality's token; `marker`: one of those around its events. */
  | { readonly kind: 'summary' | 'marker'; readonly modality: string }
  /**
   * An event by its place in the profile's list of that modality; 0 of the tabular modality, whose one
   * event is the profile's columns.
   */
  | { readonly kind: 'event'; readonly modality: string; readonly index: number };

/**
 * What the tokens of a user's prefix stand for, in their order: level by level, event by event.
 *
 * @param profile - the user
 * @param options - configuration, header and layout, as the user was collated with
 * @returns as many as the prefix has tokens
 * @example
 * ```ts
 * const tokens = prefixTokens(profile, { config });
 * tokens.filter((token) => token.kind === 'event' && token.modality === 'bill').length;
 * ```
 */
export function prefixTokens(
  profile: UserProfile,
  options: PrefixSlotsOptions,
): readonly PrefixToken[] {
  const names = modalityNames(options.config);
  const kept = keptEventIndices(profile, options.config);
  return prefixSlots(kept, options).map((slot): PrefixToken => {
    switch (slot.kind) {
      case 'header':
      case 'user':
        return { kind: slot.kind };
      case 'modality':
        return { kind: 'summary', modality: names[slot.modality]! };
      case 'event': {
        const index = kept[slot.modality]?.[slot.event] ?? 0;
        return { kind: 'event', modality: names[slot.modality]!, index };
      }
      default:
        return { kind: 'marker', modality: names[slot.modality]! };
    }
  });
}

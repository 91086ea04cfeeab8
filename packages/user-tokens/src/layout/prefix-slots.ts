import type { UserTokensConfig } from '../config.js';
import { coarseToFine } from './coarse-to-fine.js';
import type { PrefixLayout, Slot } from './layout.js';

/** What decides the slots of a prefix, beside its user. */
export interface PrefixSlotsOptions {
  /** The user encoder's configuration. */
  readonly config: UserTokensConfig;
  /** Ids of the header's tokens. None by default. */
  readonly headerIds?: readonly number[];
  /** The order inside the prefix. Default {@link coarseToFine}. */
  readonly layout?: PrefixLayout;
}

/**
 * The slots of a user's prefix, in order.
 *
 * @param kept - the user's kept events by modality, of which only the numbers count
 * @param options - configuration, header, layout
 */
export function prefixSlots(
  kept: readonly { readonly length: number }[],
  { config, headerIds = [], layout = coarseToFine }: PrefixSlotsOptions,
): readonly Slot[] {
  const eventCounts = kept.map(({ length }) => length);
  return layout.arrange({
    headerTokens: headerIds.length,
    eventCounts: config.tabularFeatures > 0 ? [...eventCounts, 1] : eventCounts,
  });
}

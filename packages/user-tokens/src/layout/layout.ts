/** What one slot of a user's prefix holds. */
export type Slot =
  | { readonly kind: 'header'; readonly index: number }
  | { readonly kind: 'user' }
  | { readonly kind: 'modality'; readonly modality: number }
  | { readonly kind: 'start' | 'end'; readonly modality: number }
  | { readonly kind: 'event'; readonly modality: number; readonly event: number };

/** What a layout arranges. */
export interface PrefixContent {
  /** Tokens of the header. */
  readonly headerTokens: number;
  /** Number of the user's events by modality, oldest event first; 0 where absent. */
  readonly eventCounts: readonly number[];
}

/** The order inside a user's prefix. Nothing outside a layout may assume it. */
export interface PrefixLayout {
  /** Its name; part of a model's digest. */
  readonly name: string;
  /** The slots of a prefix, in order. */
  arrange(content: PrefixContent): readonly Slot[];
}

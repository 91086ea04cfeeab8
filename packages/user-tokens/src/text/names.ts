/** Prefix of the text encoder's parameters. */
const root = 'encoder.text.';

/** Names of a text encoder's parameters. */
export const textNames = {
  /** The token bag's table. */
  table: `${root}embedding.weight`,
  /** The norm behind the language model's table. */
  norm: `${root}norm.weight`,
  /** What stands before BERT's names of its parameters, and PEFT's of its adapters'. */
  bert: `${root}bert.`,
} as const;

/** Names of the graph inputs that carry a batch's texts. */
export const textInputNames = {
  bagTokens: 'users.bagTokens',
  bag: (group: string): string => `users.${group}.bag`,
  tokens: 'users.texts.tokens',
  mask: 'users.texts.mask',
  rows: (group: string): string => `users.${group}.textRows`,
} as const;

/** Symbol of the number of events of a modality in a batch. */
export const eventsOf = (modality: string): string => `events_${modality.replaceAll(/\W/g, '_')}`;

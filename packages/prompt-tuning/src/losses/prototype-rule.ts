/** How embeddings are compared with prototypes: by angle, or with their lengths. */
export type Similarity = 'cosine' | 'innerProduct';

/** What decides the likelihood of a class beside the prototypes' own values. */
export interface PrototypeRule {
  /** Divides the similarities. */
  readonly temperature: number;
  /** Default `cosine`. */
  readonly similarity?: Similarity;
}

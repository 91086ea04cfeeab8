/** A run on a real dataset, from its files to AUC and KS: the settings of each command. */
export interface Recipe {
  /** Its name on the command line. */
  readonly name: string;
  /** The dataset manifest, relative to the project. */
  readonly manifest: string;
  /** Flags of `q-anchor pairs`. */
  readonly pairs: readonly string[];
  /** Flags of `q-anchor pretrain`. */
  readonly pretrain: readonly string[];
  /** Flags of `q-anchor evaluate`. */
  readonly evaluate: readonly string[];
  /** Test AUC by scenario of something worth knowing the distance to. */
  readonly yardstick?: { readonly name: string; readonly auc: Readonly<Record<string, number>> };
}

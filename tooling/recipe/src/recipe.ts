/** Flags of a command with their values, in kebab case without dashes. */
export type Flags = Readonly<Record<string, string | number>>;

/** A run on a real dataset, from its files to AUC and KS: the settings of each command. */
export interface Recipe {
  /** Its name on the command line. */
  readonly name: string;
  /** The dataset manifest, relative to the project. */
  readonly manifest: string;
  /** Flags of `q-anchor pairs`. */
  readonly pairs: Flags;
  /** Flags of `q-anchor pretrain`. */
  readonly pretrain: Flags;
  /** Flags of `q-anchor evaluate`. */
  readonly evaluate: Flags;
  /** Test AUC by scenario of something worth knowing the distance to. */
  readonly yardstick?: { readonly name: string; readonly auc: Readonly<Record<string, number>> };
}

/** Flags as a command line has them. */
export function argumentsOf(flags: Flags): readonly string[] {
  return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, `${value}`]);
}

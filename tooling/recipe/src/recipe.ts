/** Flags of a command with their values, in kebab case without dashes; a list's values follow one flag. */
export type Flags = Readonly<Record<string, string | number | readonly string[]>>;

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
  /** Scenarios that are tuned, and flags of `q-anchor tune`. */
  readonly tune: { readonly scenarios: readonly string[]; readonly flags: Flags };
  /** Flags of `q-anchor evaluate`. */
  readonly evaluate: Flags;
  /** Test AUC by scenario of something worth knowing the distance to. */
  readonly yardstick?: { readonly name: string; readonly auc: Readonly<Record<string, number>> };
}

/** Flags as a command line has them. */
export function argumentsOf(flags: Flags): readonly string[] {
  return Object.entries(flags).flatMap(([name, value]) => [
    `--${name}`,
    ...(typeof value === 'object' ? value : [`${value}`]),
  ]);
}

import type { Engine } from '@q-anchor/backend';

import type { Row } from './result.js';

/** What goldens are recomputed with. */
export interface Setting {
  /** The folder of goldens. */
  readonly directory: string;
  /** Runs graphs. */
  readonly engine: Engine;
}

/** Goldens that are recomputed together. */
export interface Family {
  /** Its rows' first word. */
  readonly name: string;
  /** Files it cannot do without, below the folder. */
  readonly files: readonly string[];
  /** Recomputes them. */
  rows(setting: Setting): Promise<readonly Row[]>;
}

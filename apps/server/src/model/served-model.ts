import type { LoadedScenario } from '@q-anchor/prompt-tuning';
import type { DurableUsers, DurableUsersCounts, Serving } from '@q-anchor/kv-serving';

import type { Turns } from '../app/turns.js';
import type { Insight } from './insight.js';

/** Changes of users: durable where there is a folder for them, else in memory. */
type UserChanges = Pick<DurableUsers, 'putUser' | 'appendEvents' | 'deleteUser'>;

/** A model that requests are answered with. */
export interface ServedModel extends AsyncDisposable {
  /** Embeddings and scores; users are changed by `users` alone. */
  readonly serving: Serving;
  /** Attention and answers in words, in {@link ServedModel.turns}. */
  readonly insight: Insight;
  /** Where requests of many runs of the engine take turns. */
  readonly turns: Turns;
  /** Changes of users. */
  readonly users: UserChanges;
  /** What the journal has done; undefined without one. */
  readonly journal: DurableUsersCounts | undefined;
  /** Digest of the model. */
  readonly digest: string;
  /** The scenarios as they are now. */
  readonly scenarios: readonly LoadedScenario[];
  /**
   * Reads the scenarios of the model directory again; requests under way end with the former.
   *
   * @throws {@link @q-anchor/core#InputError} if one can't be read or is another model's; the former stay
   */
  reloadScenarios(): Promise<readonly LoadedScenario[]>;
}

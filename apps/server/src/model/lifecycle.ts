import { ApiError } from '../app/api-error.js';
import type { ServedModel } from './served-model.js';

/** Where the server stands. `failed`: it can't keep what it accepts any more. */
type ServerStatus = 'loading' | 'ready' | 'draining' | 'failed';

/** The model, once it is there, and where the server stands. */
export interface Lifecycle {
  /** Where it stands. */
  readonly status: ServerStatus;
  /** The model; undefined before it is loaded. */
  readonly model: ServedModel | undefined;
  /**
   * The model.
   *
   * @throws {@link ApiError} 503 as long as it loads
   */
  loadedModel(): ServedModel;
  /** The model is there. */
  loaded(model: ServedModel): void;
  /** No further requests, please. */
  drain(): void;
  /** Something broke that only a restart mends. */
  fail(): void;
}

/** A server that loads. */
export function createLifecycle(): Lifecycle {
  let status: ServerStatus = 'loading';
  let model: ServedModel | undefined;
  return {
    get status() {
      return status;
    },
    get model() {
      return model;
    },
    loadedModel() {
      if (model) return model;
      const message = 'the model is being loaded; try again';
      throw new ApiError({ status: 503, code: 'loading', message, retryAfterSeconds: 1 });
    },
    loaded(it) {
      model = it;
      if (status === 'loading') status = 'ready';
    },
    drain() {
      status = 'draining';
    },
    fail() {
      if (status !== 'draining') status = 'failed';
    },
  };
}

import type { UserProfile } from '@q-anchor/core';

/** Vectors of users by their profiles alone. */
export interface ProfileVectors extends AsyncDisposable {
  readonly dimensions: number;
  /** `[users, dimensions]`; what is missing is `NaN`. */
  embed(profiles: readonly UserProfile[]): Promise<Float32Array>;
}

import { join } from 'node:path';

import { InputError } from '@q-anchor/core';
import type { Dataset, ReferencePoint } from '@q-anchor/useru';

import { nearestTexts } from './nearest-texts.js';

/**
 * The reference point of a user: the one of a day, or the newest.
 *
 * @param dataset - where the user is
 * @param asked - the user's id, and the reference time in days if one is asked for
 * @throws {@link @q-anchor/core#InputError} if there is no such user, with the ids most like it, or
 * no such reference time, with those there are
 */
export async function userReference(
  dataset: Pick<Dataset, 'directory' | 'info' | 'references'>,
  { user, at }: { readonly user: string; readonly at?: number },
): Promise<ReferencePoint> {
  const all = await dataset.references();
  const own = all.filter(({ userId }) => userId === user);
  const newest = own.at(-1);
  if (!newest) {
    const near = nearestTexts(user, { among: new Set(all.map(({ userId }) => userId)), count: 5 });
    throw new InputError({
      where: '--user',
      expected: `a user of dataset ${dataset.info.name}`,
      found: `"${user}"`,
      fix:
        `Most like it: ${near.join(', ')}. All users: column user_id of ` +
        join(dataset.directory, 'references.parquet'),
    });
  }
  if (at === undefined) return newest;
  const chosen = own.find(({ referenceDays }) => referenceDays === at);
  if (chosen) return chosen;
  const days = own.map(({ referenceDays }) => referenceDays);
  throw new InputError({
    where: '--at',
    expected: `a reference time of user ${user}, in days: ${days.join(', ')}`,
    found: `${at}`,
  });
}

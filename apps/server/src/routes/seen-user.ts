import type { UserProfile } from '@q-anchor/core';

import type { ServedModel } from '../model/served-model.js';
import { daysOf } from '../schemas/requests.js';

/** A user as a request's reference time sees it, by default the server's now. */
export const seenUser = (
  { serving }: Pick<ServedModel, 'serving'>,
  asked: { readonly user: string; readonly reference_time?: number | string | undefined },
): UserProfile =>
  serving.user(
    asked.user,
    asked.reference_time === undefined ? {} : { referenceDays: daysOf(asked.reference_time) },
  );

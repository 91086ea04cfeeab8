import { InputError } from '@q-anchor/core';

import type { Serving } from '../serving/serving.js';
import type { ServedEvents, ServedProfile } from '../users/served-event.js';
import { UnknownUserError } from '../users/unknown-user-error.js';

/** What can change about users, as a journal has it. */
export type UserChange =
  | { readonly put: ServedProfile }
  | { readonly append: { readonly userId: string; readonly events: ServedEvents } }
  | { readonly delete: string };

/** What changes users; the part of `Serving` that a journal stands before. */
export type ChangeableUsers = Pick<
  Serving,
  'putUser' | 'appendEvents' | 'deleteUser' | 'keptUsers' | 'restoreUser'
>;

/**
 * Does a change again. Events of a user who is not there are passed over: the file of kept users may be
 * newer than the change, the deletion then follows.
 *
 * @param users - where to
 * @param change - what, and where it was read
 * @throws {@link InputError} if the users don't take it
 */
export function replayChange(
  users: ChangeableUsers,
  { change, where }: { readonly change: UserChange; readonly where: string },
): void {
  try {
    if ('put' in change) users.putUser(change.put);
    else if ('append' in change) users.appendEvents(change.append.userId, change.append.events);
    else users.deleteUser(change.delete);
  } catch (error) {
    if (!UnknownUserError.isInstance(error)) throw unfit(error, where);
  }
}

/** What a record that a model does not take ends in. */
export function unfit(error: unknown, where: string): unknown {
  if (!InputError.isInstance(error)) return error;
  return new InputError(
    {
      where,
      expected: 'users as the model takes them',
      found: error.message,
      fix: 'Take the model that it was written with, or another folder',
    },
    { cause: error },
  );
}

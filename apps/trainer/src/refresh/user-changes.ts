import { effectiveReference, type Staleness } from '@q-anchor/kv-serving';
import { nothingSeen, type LastEvent, type SeenContent, type VectorState } from '@q-anchor/useru';

/** A user as of the effective reference time. */
export type SeenUser = Omit<VectorState, 'key'>;

/** Why a user's vectors may have to be made anew. */
type ChangeReason = 'new' | 'events' | 'time';

/** A user who differs from what is stored. */
export interface ChangedUser {
  readonly user: SeenUser;
  readonly reason: ChangeReason;
  /** Modalities whose events are not those they were; all that have any, for a new user. */
  readonly modalities: number;
}

/** Users at their effective reference times. */
export const effectiveReferences = (
  users: readonly LastEvent[],
  options: Staleness & { readonly nowDays: number },
): readonly Omit<SeenUser, 'content'>[] =>
  users.map((user) => ({
    ...user,
    referenceDays: effectiveReference(user.lastEventDays, options),
  }));

/**
 * Users whose vectors may differ from those stored: who are not there yet, see other events or another
 * profile, or, where ages are read, see events from another time.
 *
 * @param users - as they are now
 * @param options - what is stored; whether the model reads ages
 */
export function changedUsers(
  users: readonly SeenUser[],
  options: {
    readonly former: ReadonlyMap<string, VectorState>;
    readonly readsAges: boolean;
  },
): readonly ChangedUser[] {
  const { former, readsAges } = options;
  return users.flatMap((user): readonly ChangedUser[] => {
    const before = former.get(user.userId);
    const seen = user.content.modalities;
    if (!before) {
      const modalities = seen.filter((content) => content !== nothingSeen).length;
      return [{ user, reason: 'new', modalities }];
    }
    const modalities = seen.filter((content, m) => content !== before.content.modalities[m]).length;
    const isOtherAge =
      readsAges && user.referenceDays !== before.referenceDays && !isEmpty(user.content);
    const isOther = modalities > 0 || user.content.features !== before.content.features;
    if (!isOther && !isOtherAge) return [];
    // The reference moves with the last event, and without one by time alone.
    const isMoved = user.referenceDays !== before.referenceDays;
    const reason = isMoved && user.lastEventDays === before.lastEventDays ? 'time' : 'events';
    return [{ user, reason, modalities }];
  });
}

const isEmpty = ({ modalities }: SeenContent): boolean =>
  modalities.every((content) => content === nothingSeen);

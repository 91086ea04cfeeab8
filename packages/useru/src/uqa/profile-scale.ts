import { InputError, type UserProfile } from '@q-anchor/core';

import type { Action } from '../future/action.js';
import { levelCuts } from '../future/levels.js';
import { createPeriodScaleFitter, type PeriodScale } from '../future/scale.js';
import { lifeMentions } from './life-mentions.js';
import { createTopicIndex } from './topic-index.js';
import { lifeTopics, type LifeTopic } from './topics.js';

/** What the level words about profiles mean; fitted on training references and stored as JSON. */
export interface ProfileScale {
  /** Format version. */
  readonly version: 1;
  /** Cut points of the window before the reference. */
  readonly behaviour: PeriodScale;
  /** By topic id: the share of references that touch it, and the cut points of how often. */
  readonly topics: Readonly<
    Record<string, { readonly share: number; readonly cuts: readonly number[] }>
  >;
}

/** Collects training references one by one for a {@link ProfileScale}. */
export interface ProfileScaleFitter {
  /** Adds one reference: its profile and the actions before it (`timeDays < 0`). */
  add(profile: UserProfile, pastActions: readonly Action[]): void;
  /** The scale of all added so far. */
  scale(): ProfileScale;
}

/**
 * A fitter of the level words about profiles.
 *
 * @param options - `windowDays`, how far a profile reaches back; `topics`, the built-in life topics
 * by default
 * @throws {@link @q-anchor/core#InputError} if the window is not positive
 */
export function createProfileScaleFitter(options: {
  readonly windowDays: number;
  readonly topics?: readonly LifeTopic[];
}): ProfileScaleFitter {
  const { windowDays, topics = lifeTopics } = options;
  if (!(windowDays > 0 && windowDays < Infinity)) {
    throw new InputError({
      where: 'windowDays',
      expected: 'a positive number of days',
      found: `${windowDays}`,
    });
  }
  const behaviour = createPeriodScaleFitter({ startDays: -windowDays, lengthDays: windowDays });
  const index = createTopicIndex(topics);
  const counts = topics.map((): number[] => []);
  let references = 0;
  return {
    add: (profile, actions) => {
      references++;
      behaviour.add(actions);
      for (const [topic, { mentions }] of lifeMentions(index, { profile, actions })) {
        counts[topic]!.push(mentions.length);
      }
    },
    scale: () => ({
      version: 1,
      behaviour: behaviour.scale(),
      topics: Object.fromEntries(
        topics.map(({ id }, topic) => [
          id,
          {
            share: references === 0 ? 0 : counts[topic]!.length / references,
            cuts: levelCuts(counts[topic]!),
          },
        ]),
      ),
    }),
  };
}

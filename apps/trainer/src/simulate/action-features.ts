import type { Action, Dataset, ReferencePoint } from '@q-anchor/useru';

import type { PlacedFeatures } from '../evaluate/rows/placed-features.js';
import { timingColumns, timingFeatures } from './timing-features.js';

/** Features of users' actions before their references, by place. */
export interface ActionFeatures {
  /** How many of each modality and category, of each modality, of all; and what was paid in all. */
  readonly counts: PlacedFeatures;
  /** The same, and order and timing. */
  readonly timing: PlacedFeatures;
}

const keyOf = ({ modality, category }: Action): string => `${modality}/${category}`;

/** Logs of counts and sums by name. */
const countsOf = (actions: readonly Action[]): Map<string, number> => {
  const counts = new Map<string, number>();
  const add = (name: string, amount: number): void =>
    void counts.set(name, (counts.get(name) ?? 0) + amount);
  for (const action of actions) {
    add(keyOf(action), 1);
    add(action.modality, 1);
    add('all', 1);
    add('paid', Math.max(0, action.value ?? 0));
  }
  return counts;
};

/** Reads the actions of the profile window and makes features of them, as `log(1 + x)`. */
export async function actionFeatures(
  dataset: Dataset,
  options: { readonly references: readonly ReferencePoint[]; readonly signal: AbortSignal },
): Promise<ActionFeatures> {
  const { references, signal } = options;
  const columns = new Map<string, number>();
  const counted: Array<readonly (readonly [column: number, log: number])[]> = [];
  const timed: Float64Array[] = [];
  const range = { fromDays: -dataset.info.windowDays, toDays: 0, signal };
  for await (const batch of dataset.actions(references, range)) {
    for (const { actions, referenceDays } of batch) {
      const row = [...countsOf(actions)].map(([name, count]): [number, number] => {
        if (!columns.has(name)) columns.set(name, columns.size);
        return [columns.get(name)!, Math.log1p(count)];
      });
      counted.push(row);
      timed.push(timingFeatures(actions, { referenceDays, keyOf }).map((x) => Math.log1p(x)));
    }
  }
  const width = columns.size;
  const countsAt = (place: number, length: number): Float64Array => {
    const row = new Float64Array(length);
    for (const [column, log] of counted[place]!) row[column] = log;
    return row;
  };
  return {
    counts: { columns: width, at: (place) => countsAt(place, width) },
    timing: {
      columns: width + timingColumns,
      at: (place) => {
        const row = countsAt(place, width + timingColumns);
        row.set(timed[place]!, width);
        return row;
      },
    },
  };
}

import { join } from 'node:path';

import type { Action } from '../future/action.js';
import type { Database } from './database.js';
import { joinedBatches } from './joined-batches.js';
import type { BatchOptions } from './profiles.js';
import type { ReferencePoint } from './reference-table.js';
import { quoteText } from './sql-text.js';

/** A user's actions around one reference time. */
export interface UserActions extends ReferencePoint {
  /** Their actions, oldest first, timed against the reference. */
  readonly actions: readonly Action[];
}

/** Which actions to read, in days against the reference time. */
export interface ActionsOptions extends BatchOptions {
  /** The first of them; negative before the reference time. */
  readonly fromDays: number;
  /** The end, itself not included. */
  readonly toDays: number;
}

/** Reads the actions of references, in their order. */
export function readActions(
  database: Database,
  directory: string,
  options: ActionsOptions & { readonly references: readonly ReferencePoint[] },
): AsyncGenerator<UserActions[]> {
  const { fromDays, toDays } = options;
  return joinedBatches(database, options.references, {
    batchSize: options.batchSize ?? 1024,
    signal: options.signal,
    queries: (table) => [
      `SELECT r.item, a.time - r.reference_time, a.modality, a.category, a.value
       FROM ${table} r JOIN read_parquet(${quoteText(join(directory, 'actions.parquet'))},
         file_row_number = true) a
       ON a.user_id = r.user_id
         AND a.time >= r.reference_time + ${fromDays} AND a.time < r.reference_time + ${toDays}
       ORDER BY r.item, a.file_row_number`,
    ],
    assemble: async (batch, read) => {
      const actions = batch.map((): Action[] => []);
      await read(0, (place, columns, row) => {
        const timeDays = columns[1]![row] as number;
        const modality = columns[2]![row] as string;
        const category = columns[3]![row] as string;
        const value = columns[4]![row] as number | null;
        actions[place]!.push(
          value === null
            ? { timeDays, modality, category }
            : { timeDays, modality, category, value },
        );
      });
      return batch.map((reference, place) => ({
        userId: reference.userId,
        referenceDays: reference.referenceDays,
        actions: actions[place]!,
      }));
    },
  });
}

import { solveRow } from '../../src/evaluate/rows/solve-row.js';
import type { RowSolver } from '../../src/evaluate/threads/row-threads.js';

/** Solves rows at once, in the thread of the test. */
export const solvedHere: RowSolver = { lanes: 1, solve: async (task) => solveRow(task) };

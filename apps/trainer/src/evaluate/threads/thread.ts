// What runs in a thread that fits and scores rows: one task at a time.
import { QAnchorError } from '@q-anchor/core';

import type { RowTask } from '../rows/row-task.js';
import { solveRow } from '../rows/solve-row.js';
import type { ThreadAnswer } from './thread-answer.js';

export default function answer(task: RowTask): ThreadAnswer {
  try {
    return { kind: 'solved', row: solveRow(task) };
  } catch (error) {
    if (!QAnchorError.isInstance(error)) throw error;
    return { kind: 'failed', code: error.code, message: error.message };
  }
}

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { QAnchorError } from '@q-anchor/core';

import { conformanceRows } from './conformance.js';
import { isInOrder } from './result.js';
import { tableOf } from './table.js';

const usage = `Usage: pnpm conformance [--goldens DIR] [--json]

Recomputes every golden in DIR (default: tooling/goldens) with the project's own code and
prints name, largest relative error, tolerance and verdict.

Exit codes: 0 all in order, 1 a golden is missed, absent or unreadable, 2 bad usage.
`;

/** What a run of the command leaves. */
export interface CommandResult {
  readonly exitCode: 0 | 1 | 2;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The command without its process.
 *
 * @param commandLine - arguments after the script's name
 */
export async function commandResult(commandLine: readonly string[]): Promise<CommandResult> {
  try {
    const { values } = parseArgs({
      args: commandLine.filter((argument) => argument !== '--'), // pnpm hands it on
      options: {
        goldens: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { exitCode: 0, stdout: usage, stderr: '' };
    const goldens = values.goldens ?? fileURLToPath(new URL('../../goldens', import.meta.url));
    const rows = await conformanceRows(goldens);
    const passed = rows.every(isInOrder);
    return {
      exitCode: passed ? 0 : 1,
      stdout: values.json ? `${JSON.stringify({ goldens, passed, rows })}\n` : tableOf(rows),
      stderr: '',
    };
  } catch (error) {
    const isUsage = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true;
    if (!isUsage && !QAnchorError.isInstance(error)) throw error;
    const message = `${(error as Error).message}\n`;
    return { exitCode: 2, stdout: '', stderr: isUsage ? `${message}\n${usage}` : message };
  }
}

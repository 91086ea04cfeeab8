import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { InputError, QAnchorError } from '@q-anchor/core';

import { requestFrom, usage, type ComparisonRequest } from './arguments.js';
import { tolerance } from './result.js';
import { comparisonResult } from './run-comparison.js';
import { tableOf } from './table.js';

const print = (text: string): void => void process.stdout.write(text);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function compare(request: ComparisonRequest, signal: AbortSignal): Promise<number> {
  const { keep } = request;
  const folder = keep === undefined ? await mkdtemp(join(tmpdir(), 'comparison-')) : resolve(keep);
  if (keep !== undefined) await newFolder(folder);
  try {
    const { rows, versions } = await comparisonResult({ ...request, folder, signal, say });
    const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    print(`${packages.join(', ')}; tolerance ${tolerance}, relative and absolute\n\n`);
    print(tableOf(rows));
    return rows.every(({ isMet }) => isMet) ? 0 : 1;
  } finally {
    if (keep === undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function newFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (cause) {
    const { message } = cause as Error;
    const expected = 'a place where nothing is, in a folder that is there';
    throw new InputError({ where: '--keep', expected, found: message }, { cause });
  }
}

async function main(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  try {
    const request = requestFrom(args);
    if (request !== 'help') return await compare(request, stop.signal);
    print(usage);
    return 0;
  } catch (error) {
    if (!QAnchorError.isInstance(error)) throw error;
    const isUsage = InputError.isInstance(error) && /^(?:arguments|--)/.test(error.where);
    say(isUsage ? `${error.message}\n\n${usage}` : error.message);
    return isUsage ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));

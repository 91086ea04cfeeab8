import { readFileSync } from 'node:fs';

/** The reference values that `make.py` wrote beside this file. */
export function readGolden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8'));
}

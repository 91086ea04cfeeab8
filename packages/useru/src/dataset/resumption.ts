import { readFile } from 'node:fs/promises';

/** What became of the work of an earlier run that was killed. */
export type Resumption =
  | {
      /** It is gone on with. */
      readonly kind: 'resumed';
      /** How much of it is done already: sections of an import, references of pairs. */
      readonly done: number;
      /** All of it. */
      readonly total: number;
    }
  | {
      /** It is thrown away: other data or options would have been mixed with it. */
      readonly kind: 'restarted';
      /** What differs, e.g. `the manifest`. */
      readonly reason: string;
    };

/** What a piece of work depends on, in named digests: equal ones may go on with one another's work. */
export type WorkKey = Readonly<Record<string, string>>;

/** The names under which two keys differ, in words; empty where they are equal. */
export function differenceOf(one: WorkKey, other: WorkKey): string {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  const differing = names.filter((name) => one[name] !== other[name]).map((name) => `the ${name}`);
  return differing.length < 2
    ? differing.join('')
    : `${differing.slice(0, -1).join(', ')} and ${differing.at(-1)}`;
}

/** The key in a file; nothing where no file or something else is. */
export async function readWorkKey(path: string): Promise<WorkKey | undefined> {
  try {
    const content: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof content === 'object' && content !== null ? (content as WorkKey) : undefined;
  } catch {
    return undefined;
  }
}

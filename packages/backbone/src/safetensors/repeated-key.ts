/**
 * The first key that an object of a JSON text has twice, or undefined. `JSON.parse` keeps the last of
 * them without a word.
 *
 * @param json - a text that `JSON.parse` takes
 */
export function repeatedKey(json: string): string | undefined {
  /** Keys of the objects around, innermost last; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '{') open.push(new Set());
    else if (character === '[') open.push(undefined);
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const start = at;
      for (at++; json[at] !== '"'; at++) if (json[at] === '\\') at++;
      const keys = open.at(-1);
      if (keys === undefined || !/^\s*:/.test(json.slice(at + 1, at + 9))) continue;
      const key = JSON.parse(json.slice(start, at + 1)) as string;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

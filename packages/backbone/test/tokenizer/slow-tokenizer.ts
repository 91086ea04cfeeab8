import type { TokenizerJson } from '@q-anchor/backbone';

/** Unicode's White_Space, written out. */
const spaces = new Set(
  [9, 10, 11, 12, 13, 0x20, 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000]
    .concat(Array.from({ length: 11 }, (_, i) => 0x2000 + i))
    .map((code) => String.fromCodePoint(code)),
);
const isSpace = (c: string | undefined): boolean => c !== undefined && spaces.has(c);
const isLetter = (c: string | undefined): boolean => c !== undefined && /^\p{L}$/u.test(c);
const isNumber = (c: string | undefined): boolean => c !== undefined && /^\p{N}$/u.test(c);
const isLineEnd = (c: string | undefined): boolean => c === '\n' || c === '\r';
const isSign = (c: string | undefined): boolean =>
  c !== undefined && !isSpace(c) && !isLetter(c) && !isNumber(c);

/** Qwen2's pre-tokens by a scanner with one branch for each alternative of its pattern. */
export function slowWords(text: string): string[] {
  const chars = Array.from(text);
  const words: string[] = [];
  const run = (from: number, holds: (c: string | undefined) => boolean): number => {
    let end = from;
    while (holds(chars[end])) end++;
    return end;
  };
  const endOfWord = (start: number): number => {
    const c = chars[start]!;
    if (c === "'") {
      const two = `${chars[start + 1] ?? ''}${chars[start + 2] ?? ''}`;
      if (/^[sStTmMdD]/.test(two)) return start + 2;
      if (/^(?:[rR][eE]|[vV][eE]|[lL][lL])$/.test(two)) return start + 3;
    }
    if (isLetter(c)) return run(start, isLetter);
    if (!isNumber(c) && !isLineEnd(c) && isLetter(chars[start + 1]))
      return run(start + 1, isLetter);
    if (isNumber(c)) return start + 1;
    const signs = c === ' ' ? start + 1 : start;
    if (isSign(chars[signs])) return run(run(signs, isSign), isLineEnd);
    const end = run(start, isSpace);
    for (let last = end; last > start; last--) if (isLineEnd(chars[last - 1])) return last;
    return end < chars.length && end - start > 1 ? end - 1 : end;
  };
  for (let start = 0; start < chars.length;) {
    const end = endOfWord(start);
    words.push(chars.slice(start, end).join(''));
    start = end;
  }
  return words;
}

/** The stand-in of each byte, in the manner of GPT-2's published encoder. */
const standIns: ReadonlyMap<number, string> = (() => {
  const out = new Map<number, string>();
  const range = (from: string, to: string) => {
    for (let b = from.charCodeAt(0); b <= to.charCodeAt(0); b++) out.set(b, String.fromCharCode(b));
  };
  range('!', '~');
  range('¡', '¬');
  range('®', 'ÿ');
  for (let b = 0, n = 0; b < 256; b++) if (!out.has(b)) out.set(b, String.fromCharCode(256 + n++));
  return out;
})();

/** Merges one word by looking through all merges in order of rank, the leftmost pair first. */
export function createSlowEncoder(json: TokenizerJson): (text: string) => number[] {
  if (json.model.type !== 'BPE') throw new Error('merges are what this encoder applies');
  const { vocab } = json.model;
  const merges = json.model.merges.map((merge) =>
    typeof merge === 'string' ? merge.split(' ') : merge,
  );
  const ranks = new Map(merges.map((merge, rank) => [merge.join(' '), rank]));
  const encodeWord = (word: string): number[] => {
    const parts = [...Buffer.from(word, 'utf8')].map((byte) => standIns.get(byte)!);
    for (;;) {
      let best = -1;
      let bestRank = Number.POSITIVE_INFINITY;
      for (let i = 0; i + 1 < parts.length; i++) {
        const rank = ranks.get(`${parts[i]} ${parts[i + 1]}`) ?? Number.POSITIVE_INFINITY;
        if (rank < bestRank) [best, bestRank] = [i, rank];
      }
      if (best < 0) break;
      parts.splice(best, 2, `${parts[best]}${parts[best + 1]}`);
    }
    return parts.map((part) => vocab[part]!);
  };
  return (text) => slowWords(text).flatMap(encodeWord);
}

/** Learns merges by counting everything anew for each one. */
export function slowMerges(
  words: readonly string[],
  count: number,
  minFrequency: number,
): string[] {
  let corpus = words.map((word) => [...Buffer.from(word)].map((byte) => standIns.get(byte)!));
  const order = [...standIns.values()].toSorted();
  const merges: string[] = [];
  while (order.length < 256 + count) {
    const pairs = new Map<string, number>();
    for (const parts of corpus) {
      for (let i = 0; i + 1 < parts.length; i++) {
        const pair = `${parts[i]} ${parts[i + 1]}`;
        pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
      }
    }
    const rank = (pair: string) => pair.split(' ').map((part) => order.indexOf(part));
    const [first] = [...pairs].toSorted(([a, countA], [b, countB]) => {
      const [leftA, rightA] = rank(a) as [number, number];
      const [leftB, rightB] = rank(b) as [number, number];
      return countB - countA || leftA - leftB || rightA - rightB;
    });
    if (first === undefined || first[1] < minFrequency) break;
    const [left, right] = first[0].split(' ') as [string, string];
    merges.push(first[0]);
    if (!order.includes(left + right)) order.push(left + right);
    corpus = corpus.map((parts) => {
      const out: string[] = [];
      for (const part of parts) {
        // From the left; a part that is itself the result of this merge is never its left half.
        if (part === right && out.at(-1) === left) out.splice(-1, 1, left + right);
        else out.push(part);
      }
      return out;
    });
  }
  return merges;
}

import { createRandom } from '@q-anchor/core';

const pieces = [
  'paid', 'the rent', ' of ', 'Takeout', 'UserID', "don't", "WE'LL", "it's", "'Re", 'ſ', 'naïve', 'e\u0301',
  '支付宝', '外卖订单', '東京', 'ありがとう', '한국어', 'Привет', 'العربية', 'हिन्दी', 'ไทย',
  '🙂', '👩‍👩‍👧', '🇩🇪', '𝒳', '𠮷', '½', '²', '٣', 'Ⅷ', '1234', '3.14', '-7e5', '2024-01-31',
  'const x = [a, b];', '\t\tif (x != null) {', '}\r\n', '/* c */', '__proto__', 'constructor', '0', '10',
  '\n', '\n\n\n', '\r', '\t', '   ', ' ', '\u00a0', '\u0085', '\ufeff', '\u2028', '\u3000', '\u200b', '\u200d',
  '\u0000', '\u0001', '\u001b[31m', '\u007f', '\ufffd', '\uffff', '…', '—', '“q”', '!!!', '?!\n', '$9.99',
  '<|', '|>', '<', 'im_start', 'user_emb', '</s>', '\\', '"', '{"a":1}', 'http://x.yz/?q=1&r=2#s', 'Ġ', 'Ċ',
]; // prettier-ignore

/** Seeded texts of all kinds of characters: empty ones, short ones, some long ones. */
export function mixedTexts(count: number, seed: number): string[] {
  const random = createRandom(seed);
  const anyCharacter = (): string => {
    const code = random.integer(random.pick([0x80, 0x800, 0x10000, 0x110000]));
    return code >= 0xd800 && code < 0xe000 ? '�' : String.fromCodePoint(code);
  };
  return Array.from({ length: count }, (_, i) => {
    const length = i % 97 === 0 ? 300 : random.integer(12);
    return Array.from({ length }, () =>
      random.uniform() < 0.25 ? anyCharacter() : random.pick(pieces),
    ).join(random.pick(['', '', ' ']));
  });
}

const standsForItself = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;

/**
 * The printable stand-in of each byte in byte-level BPE files, indexed by the byte.
 *
 * Bytes that are visible Latin-1 characters stand for themselves; the 68 others take the code
 * points from U+0100 on (GPT-2, Radford et al. 2019).
 */
export const byteCharacters: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(standsForItself(byte) ? byte : next++),
  );
})();

/** The alphabet in the order of its code points, which is the order of ids in GPT-2 and Qwen2. */
export const byteAlphabet: readonly string[] = byteCharacters.toSorted((a, b) => (a < b ? -1 : 1));

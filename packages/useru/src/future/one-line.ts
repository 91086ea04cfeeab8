/** A text as it can stand in a sentence: control and formatting characters out, spaces single. */
export function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .normalize('NFC');
}

/** A name of more characters is cut. */
const maxCharacters = 60;

/** What a category or a feature is called in questions and answers, whatever is in its name. */
export function spokenName(name: string): string {
  let spoken = remembered.get(name);
  if (spoken === undefined) {
    // Of a name without end the beginning is enough.
    const line = oneLine(name.slice(0, 4 * maxCharacters));
    const characters = Array.from(line);
    spoken =
      characters.length <= maxCharacters
        ? line || 'something unnamed'
        : `${characters.slice(0, maxCharacters).join('').trim()}…`;
    if (remembered.size >= 10_000) remembered.clear();
    remembered.set(name, spoken);
  }
  return spoken;
}

/** Categories are few and read often. */
const remembered = new Map<string, string>();

/** Texts by number, each kept once. */
export interface TextTable {
  /** The number of a text, a new one if it is new. */
  idOf(text: string): number;
  /** The text of a number. */
  textOf(id: number): string;
}

/** An empty table. */
export function createTextTable(): TextTable {
  const ids = new Map<string, number>();
  const texts: string[] = [];
  return {
    idOf(text) {
      let id = ids.get(text);
      if (id === undefined) {
        id = texts.length;
        ids.set(text, id);
        texts.push(text);
      }
      return id;
    },
    textOf: (id) => texts[id]!,
  };
}

/** What texts call a modality; its name where it is left out. */
export type ModalityWords = Readonly<Record<string, string>>;

/** What texts call one modality. */
export function wordsOf(modality: string, words: ModalityWords | undefined): string {
  return words?.[modality] ?? modality;
}

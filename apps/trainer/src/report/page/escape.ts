const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A name as an element's id: what ids or references to them can't have is written as its code. */
export const elementId = (name: string): string =>
  name.replaceAll(/[^\w-]/gu, (character) => `.${character.codePointAt(0)!.toString(16)}.`);

/** A text for HTML, in an element or an attribute. */
export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/gu, (character) => entities[character]!);

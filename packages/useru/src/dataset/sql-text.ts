import type { SourceOption } from '../manifest/manifest.js';

/** An SQL identifier, quoted. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** An SQL string literal. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A reader option's value as an SQL literal: lists become lists, maps become structs. */
export const quoteOption = (value: SourceOption): string => {
  if (typeof value === 'string') return quoteText(value);
  if (typeof value === 'number' || typeof value === 'boolean') return `${value}`;
  if (Array.isArray(value)) return `[${value.map((item) => quoteOption(item)).join(', ')}]`;
  const entries = Object.entries(value as Readonly<Record<string, SourceOption>>);
  return `{${entries.map(([key, item]) => `${quoteText(key)}: ${quoteOption(item)}`).join(', ')}}`;
};

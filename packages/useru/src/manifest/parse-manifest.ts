import { InputError } from '@q-anchor/core';
import { parseDocument } from 'yaml';
import type { z } from 'zod';

import type { Manifest, ManifestSource } from './manifest.js';
import { withoutPasswords } from './passwords.js';
import { manifestSchema } from './schema.js';

/** Names SQL reads the results of a section under; a source or table may not take one. */
const reservedNames = (manifest: Manifest): ReadonlySet<string> =>
  new Set([
    'reference_points',
    'tabular_features',
    'user_actions',
    ...Object.keys(manifest.modalities).map((name) => `events_${name}`.toLowerCase()),
  ]);

/**
 * Reads and checks the text of a manifest.
 *
 * @param yaml - the text
 * @param where - what to call it in errors: its path
 * @throws {@link @q-anchor/core#InputError} naming the key that is wrong
 * @example
 * ```ts
 * parseManifest('name: shop\nsources: { visits: visits.csv }\n...', 'shop.yaml').windowDays; // 90
 * ```
 */
export function parseManifest(yaml: string, where: string): Manifest {
  const document = parseDocument(yaml);
  const syntax = document.errors[0];
  if (syntax !== undefined) {
    throw new InputError(
      { where, expected: 'YAML', found: syntax.message.split('\n')[0] ?? syntax.code },
      { cause: syntax },
    );
  }
  const content: unknown = document.toJS();
  const result = manifestSchema.safeParse(content);
  if (!result.success) throw problemOf(result.error, content, where);
  const { tabular, actions, sources, ...rest } = result.data;
  const manifest: Manifest = {
    ...rest,
    sources: Object.fromEntries(
      Object.entries(sources).map(([name, source]) => [name, completeSource(source)]),
    ),
    ...(tabular === undefined ? {} : { tabular }),
    ...(actions === undefined ? {} : { actions }),
  };
  checkNames(manifest, where);
  return manifest;
}

const completeSource = (
  source: z.infer<typeof manifestSchema>['sources'][string],
): ManifestSource => {
  if (typeof source === 'string') return { path: source, options: {} };
  if ('postgres' in source) {
    const { postgres, table, query } = source;
    return {
      postgres,
      ...(table === undefined ? {} : { table }),
      ...(query === undefined ? {} : { query }),
    };
  }
  const { path, format, options } = source;
  return { path, options, ...(format === undefined ? {} : { format }) };
};

const checkNames = (manifest: Manifest, where: string): void => {
  if (Object.keys(manifest.modalities).length === 0) {
    throw new InputError({
      where: `${where}: modalities`,
      expected: 'at least one modality',
      found: 'none',
    });
  }
  const taken = new Map<string, string>();
  for (const name of reservedNames(manifest)) taken.set(name, 'a view of the import');
  for (const section of ['sources', 'tables'] as const) {
    for (const name of Object.keys(manifest[section])) {
      const other = taken.get(name.toLowerCase());
      if (other !== undefined) {
        throw new InputError({
          where: `${where}: ${section}.${name}`,
          expected: 'a name of its own',
          found: `the name of ${other}`,
          fix: 'Rename it',
        });
      }
      taken.set(name.toLowerCase(), `${section}.${name}`);
    }
  }
};

const problemOf = (error: z.ZodError, content: unknown, where: string): InputError => {
  const issue = error.issues[0]!;
  const path = issue.path.map(String);
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  if (unknown !== undefined) {
    return new InputError({
      where: `${where}: ${[...path, unknown].join('.')}`,
      expected: 'a known key',
      found: `"${unknown}"`,
      fix: 'Check its spelling and indentation',
    });
  }
  const value = valueAt(content, path);
  const inner = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? '') : issue.message;
  return new InputError({
    where: path.length === 0 ? where : `${where}: ${path.join('.')}`,
    expected: inner
      .replace(/^(Invalid input|Too small|Too big): expected /u, '')
      .replace(/, received .*$/u, ''),
    found:
      issue.code === 'invalid_key'
        ? `"${path.at(-1)}"`
        : value === undefined
          ? 'nothing'
          : withoutPasswords(JSON.stringify(value) ?? typeof value).slice(0, 80),
  });
};

const valueAt = (content: unknown, path: readonly string[]): unknown => {
  let value = content;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
};

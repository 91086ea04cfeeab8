import { readFile, writeFile } from 'node:fs/promises';

/** Changes a file of JSON in its place. */
export async function rewriteJson(
  path: string,
  change: (content: Record<string, any>) => void,
): Promise<void> {
  const content = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  change(content);
  await writeFile(path, JSON.stringify(content));
}

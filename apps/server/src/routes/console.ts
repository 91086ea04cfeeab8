import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { App, AppContext } from '../app/context.js';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Nothing but what this server gives, and no page around it. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** In the built command; sources have none beside them. */
const builtFolder = fileURLToPath(new URL('./console', import.meta.url));

/** Files of a folder by their paths below it; none where there is no such folder. */
async function filesIn(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries
    .filter((entry) => entry.isFile() && types[extname(entry.name)] !== undefined)
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      paths.map(
        async (path) =>
          [path.slice(folder.length + 1).replaceAll('\\', '/'), await readFile(path)] as const,
      ),
    ),
  );
}

/**
 * The console at `/`: a few files, which are read once, so that no path of a request reaches the disk.
 * Where it isn't built, `/` leads to `/docs/`.
 */
export async function consoleRoutes(
  app: App,
  { consoleFolder = builtFolder }: AppContext,
): Promise<void> {
  const open = { config: { isOpen: true }, schema: { hide: true } };
  const files = await filesIn(consoleFolder);
  if (!files.has('index.html')) {
    app.get('/', open, (_request, reply) => reply.redirect('/docs/'));
    return;
  }
  for (const [path, content] of files) {
    const isPage = path === 'index.html';
    app.get(isPage ? '/' : `/${path}`, open, (_request, reply) =>
      reply
        .header('content-security-policy', policy)
        .header('referrer-policy', 'no-referrer')
        // Names of all others have a digest of what is in them.
        .header('cache-control', isPage ? 'no-cache' : 'public, max-age=31536000, immutable')
        .type(types[extname(path)]!)
        .send(content),
    );
  }
}

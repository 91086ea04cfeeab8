// Where the programs of a PostgreSQL server are, for the tests and for what prepares a machine for them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian and others keep what is not for every user's path. */
const otherFolders = ['/usr/lib/postgresql', '/usr/pgsql', '/opt/homebrew/opt/postgresql'];

/** The folder of `initdb` and `postgres`, the newest where there are several; none: not installed. */
export function postgresFolder() {
  const versions = otherFolders.flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder)
          .toSorted((a, b) => Number(b) - Number(a))
          .map((version) => join(folder, version, 'bin'))
      : [],
  );
  return [...(process.env.PATH ?? '').split(delimiter), ...versions].find((folder) =>
    ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))),
  );
}

/**
 * Who the server runs as: PostgreSQL refuses to run as root, so that root needs somebody else.
 * Nothing where there is nobody.
 */
export function serverUser() {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = users.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

/** Why no server can be started here; nothing where one can. */
export function postgresObstacle() {
  if (postgresFolder() === undefined) return 'initdb and postgres were not found';
  if (serverUser() === undefined) return 'root would need a user postgres or nobody to run it as';
  return undefined;
}

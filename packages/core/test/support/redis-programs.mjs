// Where Redis's server is, for the tests and for what prepares a machine for them.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The program `redis-server`; none: not installed. */
export function redisProgram() {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'redis-server'))
    .find((path) => existsSync(path));
}

/** Why no server can be started here; nothing where one can. */
export function redisObstacle() {
  return redisProgram() === undefined ? 'redis-server was not found' : undefined;
}

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chown, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from 'pg';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { postgresFolder, postgresObstacle, serverUser } from './postgres-programs.mjs';

/** A PostgreSQL server of the test's own. */
export interface PostgresServer {
  readonly port: number;
  /** Its superuser's name; the password is `s3cret&/@pass`, percent-encoded in `url`. */
  readonly url: string;
  /** Runs statements. */
  run(sql: string): Promise<void>;
  stop(): Promise<void>;
}

/** The password of the server's user, with characters that an address must encode. */
export const password = 's3cret&/@pass';

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return (address as { port: number }).port;
};

/** Starts a server on 127.0.0.1 in a temporary folder, not as root. */
export async function startPostgres(): Promise<PostgresServer> {
  const [folder, user] = [postgresFolder(), serverUser()];
  if (folder === undefined || user === undefined) throw new Error(postgresObstacle());
  const directory = await temporaryFolder();
  const passwordFile = join(directory, 'password');
  await writeFile(passwordFile, `${password}\n`);
  if (user.uid !== undefined && user.gid !== undefined) {
    for (const path of [directory, passwordFile]) await chown(path, user.uid, user.gid);
  }
  const data = join(directory, 'data');
  const made = spawnSync(
    join(folder, 'initdb'),
    [
      '-D',
      data,
      '-U',
      'reader',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ],
    { ...user, encoding: 'utf8', cwd: directory },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}${made.error?.message ?? ''}`);
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${directory}`,
    'fsync=off',
  ];
  const server = spawn(
    join(folder, 'postgres'),
    ['-D', data, '-p', `${port}`, ...settings.flatMap((setting) => ['-c', setting])],
    { ...user, cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  server.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = once(server, 'exit');
  const url = `postgres://reader:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
  const run = async (sql: string): Promise<void> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const stop = async (): Promise<void> => {
    server.kill('SIGINT');
    await ended;
  };
  for (let attempt = 0; ; attempt++) {
    try {
      await run('SELECT 1');
      return { port, url, run, stop };
    } catch (error) {
      if (server.exitCode === null && attempt < 200) await sleep(100);
      else {
        await stop();
        throw new Error(`postgres did not start: ${log}`, { cause: error });
      }
    }
  }
}

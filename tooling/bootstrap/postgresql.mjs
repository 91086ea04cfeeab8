// The tests of PostgreSQL sources start a server of their own, where its programs are installed. On a
// bare machine they are not: root on Debian or Ubuntu installs them, anybody else is told.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';

import { postgresObstacle } from '../../packages/useru/test/support/postgres-programs.mjs';

const optOut = 'Q_ANCHOR_INSTALL';

/** What Debian's scripts read before they make and start a server for the whole machine. */
const clusterConfiguration = '/etc/postgresql-common/createcluster.conf';

/** The machine this runs on. */
const here = {
  obstacle: postgresObstacle,
  isRoot: () => process.getuid?.() === 0,
  has: (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0,
  /** Programs alone, no server of the machine's own. */
  withoutServer: () => {
    if (existsSync(clusterConfiguration)) return;
    mkdirSync('/etc/postgresql-common', { recursive: true });
    writeFileSync(clusterConfiguration, 'create_main_cluster = false\n');
  },
  run: (command, args) =>
    spawnSync(command, args, {
      stdio: ['ignore', 2, 2],
      timeout: 300_000,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', UCF_FORCE_CONFFOLD: '1' },
    }).status === 0,
};

/** Given with each call: a mirror that doesn't answer is not waited for. */
const patience = ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=20'];

/**
 * Sees to it that tests find a PostgreSQL server to start. It never fails: where none can be had, it
 * says so, and those tests are skipped.
 *
 * @param {{
 *   say: (text: string) => void,
 *   environment?: Record<string, string | undefined>,
 *   machine?: typeof here,
 * }} options
 * @returns {boolean} whether they find one
 */
export const preparePostgresql = ({ say, environment = process.env, machine = here }) => {
  if (machine.obstacle() === undefined) return true;
  const reason =
    environment[optOut] === 'no'
      ? `${optOut} is "no"`
      : !machine.isRoot()
        ? 'only root may install it'
        : !machine.has('apt-get')
          ? 'there is no apt-get'
          : undefined;
  if (reason === undefined) {
    say(`installing PostgreSQL, which tests start a server of (${optOut}=no leaves it)`);
    machine.withoutServer();
    machine.run('apt-get', [...patience, 'update', '-qq']);
    machine.run('apt-get', [
      ...patience,
      'install',
      '-y',
      '-qq',
      '--no-install-recommends',
      '-o',
      'Dpkg::Options::=--force-confold',
      'postgresql',
    ]);
  }
  const obstacle = machine.obstacle();
  if (obstacle === undefined) return true;
  say('!'.repeat(72));
  say(`The tests with a PostgreSQL server will be SKIPPED: ${obstacle}`);
  say(`(${reason ?? 'apt-get could not install it; its message is above'}).`);
  say('To run them: `apt-get install postgresql`, or initdb and postgres in the path.');
  say('!'.repeat(72));
  return false;
};

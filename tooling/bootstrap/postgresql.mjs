// The tests of PostgreSQL sources start a server of their own, where its programs are installed.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';

import { postgresObstacle } from '../../packages/useru/test/support/postgres-programs.mjs';
import { prepareProgram, thisMachine } from './debian-package.mjs';

/** What Debian's scripts read before they make and start a server for the whole machine. */
const clusterConfiguration = '/etc/postgresql-common/createcluster.conf';

const here = {
  ...thisMachine,
  obstacle: postgresObstacle,
  /** Programs alone, no server of the machine's own. */
  beforeInstalling: () => {
    if (existsSync(clusterConfiguration)) return;
    mkdirSync('/etc/postgresql-common', { recursive: true });
    writeFileSync(clusterConfiguration, 'create_main_cluster = false\n');
  },
};

/**
 * Sees to it that tests find a PostgreSQL server to start.
 *
 * @param {{
 *   say: (text: string) => void,
 *   environment?: Record<string, string | undefined>,
 *   machine?: typeof here,
 * }} options
 * @returns {boolean} whether they find one
 */
export const preparePostgresql = ({ machine = here, ...options }) =>
  prepareProgram(
    {
      product: 'PostgreSQL',
      purpose: 'tests start a server of',
      packageName: 'postgresql',
      otherwise: 'initdb and postgres in the path',
    },
    { ...options, machine },
  );

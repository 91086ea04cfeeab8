// The tests of the shared cache and of streams start a Redis server of their own, where it is installed.
import { redisObstacle } from '../../packages/core/test/support/redis-programs.mjs';
import { prepareProgram, thisMachine } from './debian-package.mjs';

const here = { ...thisMachine, obstacle: redisObstacle };

/**
 * Sees to it that tests find a Redis server to start.
 *
 * @param {{
 *   say: (text: string) => void,
 *   environment?: Record<string, string | undefined>,
 *   machine?: typeof here,
 * }} options
 * @returns {boolean} whether they find one
 */
export const prepareRedis = ({ machine = here, ...options }) =>
  prepareProgram(
    {
      product: 'Redis',
      purpose: 'tests start a server of',
      packageName: 'redis-server',
      otherwise: 'redis-server in the path',
    },
    { ...options, machine },
  );

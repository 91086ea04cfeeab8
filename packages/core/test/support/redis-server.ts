import { spawn, type ChildProcess } from 'node:child_process';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { redisObstacle, redisProgram } from './redis-programs.mjs';
import { temporaryFolder } from './temporary-folder.js';

export { redisObstacle };

/** A Redis server of a test's own, on loopback, which keeps nothing on disk. */
export interface RedisServer extends AsyncDisposable {
  /** Where it listens. */
  readonly url: string;
  /** Its process; a test may stop it (`SIGSTOP`, `SIGKILL`). */
  readonly process: ChildProcess;
  /** Its port. */
  readonly port: number;
}

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString().startsWith('+PONG'));
    });
    socket.once('error', () => resolve(false));
  });

/**
 * Starts Redis and waits until it answers.
 *
 * @param options - a port to take again; further arguments, such as `--maxmemory 10mb`
 */
export async function startRedis(
  options: { readonly port?: number; readonly args?: readonly string[] } = {},
): Promise<RedisServer> {
  const { port = await freePort(), args = [] } = options;
  const folder = await temporaryFolder();
  const child = spawn(
    redisProgram()!,
    ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...args],
    { cwd: folder, stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (let attempt = 0; !(await answers(port)); attempt++) {
    if (child.exitCode !== null || attempt > 200) {
      throw new Error(`redis-server on port ${port} did not start (exit ${child.exitCode})`);
    }
    await delay(50);
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    process: child,
    port,
    async [Symbol.asyncDispose]() {
      // A stopped process takes no other signal.
      child.kill('SIGKILL');
      await ended;
    },
  };
}

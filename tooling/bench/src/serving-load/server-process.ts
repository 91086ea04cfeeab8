import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/** A server in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  /** Where it listens. */
  readonly url: string;
  /** Its resident size in MB of 10^6 bytes; undefined where the system doesn't tell. */
  residentMB(): Promise<number | undefined>;
}

/** The built command. */
function serverCommand(): string {
  const path = createRequire(import.meta.url).resolve('@q-anchor/server/package.json');
  return join(dirname(path), 'dist', 'main.js');
}

async function residentMB(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1e6;
}

/**
 * Starts the server and waits until it is ready.
 *
 * @param args - flags beside the port
 * @throws Error with what it wrote, if it ends before
 */
export async function startServerProcess(args: readonly string[]): Promise<ServerProcess> {
  // Flags of Node too, so that a profile of this process is one of the server.
  const command = [...process.execArgv, serverCommand(), '--port', '0', ...args];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe'] });
  const lines: string[] = [];
  let [url, isReady] = ['', false];
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    url = /listening at ([^"]+)"/.exec(line)?.[1] ?? url;
    isReady = line.includes('"msg":"ready"');
    if (isReady) break;
  }
  if (!isReady) throw new Error(`q-anchor-server did not start:\n${lines.join('\n')}`);
  child.stderr.resume();
  return {
    url,
    residentMB: () => residentMB(child.pid!),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

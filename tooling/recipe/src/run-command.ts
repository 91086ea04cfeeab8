import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a command took. */
export interface CommandCost {
  /** Wall seconds. */
  readonly seconds: number;
  /** Largest resident memory in MB; `undefined` where the system does not tell. */
  readonly peakMegabytes: number | undefined;
}

/** The largest resident set a process has had so far, from Linux's /proc. */
function peakOf(pid: number): number | undefined {
  try {
    const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match ? Math.round(Number(match[1]) / 1024) : undefined;
  } catch {
    return undefined;
  }
}

/** A command ended with another exit code than 0. */
export class CommandFailure extends Error {
  /** Its exit code; 1 where a signal ended it. */
  readonly exitCode: number;

  constructor(args: readonly string[], exitCode: number) {
    super(`q-anchor ${args[0]} ended with exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/**
 * Runs `q-anchor` with arguments, its standard error shown as it comes.
 *
 * @param script - the built command
 * @param options - its arguments, and whether its standard output is shown too
 * @throws {@link CommandFailure} if it fails
 */
export async function runCommand(
  script: string,
  options: { readonly args: readonly string[]; readonly isShown: boolean },
): Promise<CommandCost> {
  const { args, isShown } = options;
  const startedAt = performance.now();
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['inherit', isShown ? 'inherit' : 'ignore', 'inherit'],
  });
  let peakMegabytes: number | undefined;
  const watch = setInterval(() => (peakMegabytes = peakOf(child.pid!) ?? peakMegabytes), 500);
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  }).finally(() => clearInterval(watch));
  if (exitCode !== 0) throw new CommandFailure(args, exitCode);
  return {
    seconds: (performance.now() - startedAt) / 1000,
    peakMegabytes,
  };
}

// Programs that tests need, where they are not installed: root on Debian or Ubuntu installs them, anybody
// else is told.
import { spawnSync } from 'node:child_process';

const optOut = 'Q_ANCHOR_INSTALL';

/** The machine this runs on. */
export const thisMachine = {
  isRoot: () => process.getuid?.() === 0,
  has: (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0,
  run: (command, args) =>
    spawnSync(command, args, {
      stdio: ['ignore', 2, 2],
      timeout: 300_000,
      env: {
        ...process.env,
        DEBIAN_FRONTEND: 'noninteractive',
        UCF_FORCE_CONFFOLD: '1',
        RUNLEVEL: '1', // packages don't start their services
      },
    }).status === 0,
};

/** Given with each call: a mirror that doesn't answer is not waited for. */
const patience = ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=20'];

/**
 * Sees to it that tests find a program. It never fails: where it can't be had, it says so, and those
 * tests are skipped.
 *
 * @param {{ product: string, purpose: string, packageName: string, otherwise: string }} what - its name,
 *   what tests do with it, Debian's package, and how else it comes to the machine
 * @param {{
 *   say: (text: string) => void,
 *   environment?: Record<string, string | undefined>,
 *   machine: typeof thisMachine & { obstacle: () => string | undefined, beforeInstalling?: () => void },
 * }} options
 * @returns {boolean} whether they find one
 */
export const prepareProgram = (
  { product, purpose, packageName, otherwise },
  { say, environment = process.env, machine },
) => {
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
    say(`installing ${product}, which ${purpose} (${optOut}=no leaves it)`);
    machine.beforeInstalling?.();
    machine.run('apt-get', [...patience, 'update', '-qq']);
    machine.run('apt-get', [
      ...patience,
      'install',
      '-y',
      '-qq',
      '--no-install-recommends',
      '-o',
      'Dpkg::Options::=--force-confold',
      packageName,
    ]);
  }
  const obstacle = machine.obstacle();
  if (obstacle === undefined) return true;
  say('!'.repeat(72));
  say(`The tests with ${product} will be SKIPPED: ${obstacle}`);
  say(`(${reason ?? 'apt-get could not install it; its message is above'}).`);
  say(`To run them: \`apt-get install ${packageName}\`, or ${otherwise}.`);
  say('!'.repeat(72));
  return false;
};

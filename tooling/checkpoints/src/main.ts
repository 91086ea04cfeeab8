import { InputError, ShapeError } from '@q-anchor/core';

import { requestFrom, usage } from './arguments.js';
import { writeCheckpoint } from './write-checkpoint.js';

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(usage);
    return 0;
  }
  try {
    const request = requestFrom(args);
    const started = performance.now();
    const { values, tensors, files } = await writeCheckpoint(request, (file) =>
      say(`Writing ${file}`),
    );
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const megabytes = Math.ceil(process.resourceUsage().maxRSS / 1024);
    say(`Took ${seconds} s, peak ${megabytes} MB`);
    process.stdout.write(
      `${request.out}: ${request.architecture}, ${(values / 1e6).toFixed(2)} M values in ` +
        `${tensors} tensors, ${files.length} ${files.length === 1 ? 'file' : 'files'}\n`,
    );
    return 0;
  } catch (error) {
    if (!InputError.isInstance(error) && !ShapeError.isInstance(error)) throw error;
    say(error.message);
    if (InputError.isInstance(error) && error.where.startsWith('arguments')) say(`\n${usage}`);
    return InputError.isInstance(error) ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));

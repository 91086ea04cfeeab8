import { availableParallelism, totalmem } from 'node:os';

import { Command } from 'commander';

import type { ContextFactory } from '../command-line.js';

/** `q-anchor doctor`. */
export const doctorCommand = (contextOf: ContextFactory): Command =>
  new Command('doctor')
    .description('Tell what this machine has.')
    .option('--json', 'print it as JSON')
    .action((options: { readonly json?: boolean }, command: Command) => {
      const facts = {
        node: process.versions.node,
        platform: `${process.platform} ${process.arch}`,
        cores: availableParallelism(),
        memoryMB: Math.round(totalmem() / 1e6),
      };
      const lines = Object.entries(facts).map(([name, value]) => `${name.padEnd(10)} ${value}`);
      contextOf(command).print(options.json === true ? JSON.stringify(facts) : lines.join('\n'));
    });

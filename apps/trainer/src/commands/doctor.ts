import { Command } from 'commander';

import type { ContextFactory } from '../command-line.js';
import { machineFacts } from '../machine.js';

/** `q-anchor doctor`. */
export const doctorCommand = (contextOf: ContextFactory): Command =>
  new Command('doctor')
    .description('Tell what this machine has, and which devices a model can run on.')
    .option('--json', 'print it as JSON')
    .action(async (options: { readonly json?: boolean }, command: Command) => {
      const context = contextOf(command);
      const facts = await machineFacts();
      if (options.json === true) {
        context.print(JSON.stringify(facts));
        return;
      }
      const { devices, ...rest } = facts;
      const lines = Object.entries({ ...rest, ...devices });
      context.print(lines.map(([name, value]) => `${name.padEnd(10)} ${value}`).join('\n'));
    });

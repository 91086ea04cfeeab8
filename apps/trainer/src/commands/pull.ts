import { basename } from 'node:path';

import { pullModel } from '@q-anchor/backbone';
import { Command } from 'commander';

import type { ContextFactory } from '../command-line.js';

interface Options {
  readonly out?: string;
  readonly revision: string;
  readonly json?: boolean;
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;

/** `q-anchor pull`. */
export const pullCommand = (contextOf: ContextFactory): Command =>
  new Command('pull')
    .description('Fetch a model from the Hugging Face hub, or go on with one that broke off.')
    .argument('<name>', 'the model, owner/name')
    .option('--out <dir>', 'the directory to make (default: the name without its owner)')
    .option('--revision <name>', 'branch, tag or commit', 'main')
    .option('--json', 'print what was fetched as JSON')
    .addHelpText(
      'after',
      '\nEnvironment:\n' +
        '  HF_TOKEN     token for private and gated models\n' +
        '  HF_ENDPOINT  address of a mirror (default: https://huggingface.co)\n' +
        '\nExample:\n  q-anchor pull Qwen/Qwen2.5-0.5B-Instruct --out models/qwen2.5-0.5b',
    )
    .action(async (name: string, options: Options, command: Command) => {
      const context = contextOf(command);
      const { HF_TOKEN: token, HF_ENDPOINT: endpoint } = process.env;
      const progress = context.progress('Pulling', { unit: 'MB' });
      const pulled = await pullModel(name, {
        directory: options.out ?? basename(name),
        revision: options.revision,
        ...(token && { token }),
        ...(endpoint && { endpoint }),
        signal: context.signal,
        onProgress: (done, total, file) => progress.update(megabytes(done), megabytes(total), file),
      }).finally(() => progress.stop());
      const { directory, files, bytes, commit } = pulled;
      const version = commit === undefined ? '' : `, commit ${commit.slice(0, 12)}`;
      context.print(
        options.json === true
          ? JSON.stringify(pulled)
          : `${name}: ${files.length} files, ${megabytes(bytes)} MB, in ${directory}${version}`,
      );
    });

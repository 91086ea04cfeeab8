import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { digestOf } from '@q-anchor/core';
import { simulatedScenarioNames } from '@q-anchor/useru';
import { Command, Option } from 'commander';

import type { ContextFactory } from '../command-line.js';
import type { CommonOptions } from '../context.js';
import { engineOptions, type EngineOptions } from '../engine.js';
import { integer } from '../options/parsers.js';
import { writeDescription } from '../reproduce/description-file.js';
import { openJournal } from '../reproduce/journal.js';
import { placesIn } from '../reproduce/places.js';
import { reproductionPlan } from '../reproduce/plan.js';
import { runSteps, type CommandRunner } from '../reproduce/run-steps.js';
import { reproductionScales, type ReproductionScale, type ScaleName } from '../reproduce/scale.js';
import { ownVersion, type OwnVersion } from '../version.js';

interface Options extends EngineOptions, CommonOptions {
  readonly scale: ScaleName;
  readonly out: string;
  readonly seed: number;
  readonly dryRun?: boolean;
}

/**
 * `q-anchor reproduce`.
 *
 * @param contextOf - context of a command
 * @param options - how a step's command line is run, the scales by name, and which q-anchor it is
 */
export function reproduceCommand(
  contextOf: ContextFactory,
  {
    runCommand,
    scales = reproductionScales,
    versionOf = ownVersion,
  }: {
    readonly runCommand: CommandRunner;
    readonly scales?: Readonly<Record<ScaleName, ReproductionScale>>;
    readonly versionOf?: () => Promise<OwnVersion>;
  },
): Command {
  const command = new Command('reproduce')
    .description(
      'Make the paper’s tables on a simulated world: main table with baselines, domains, parts taken away, ' +
        'shares of the data, prompt tokens and tuning steps, attention before and after tuning, costs. Ends in ' +
        'a report. A reproduction that was stopped or killed is gone on with by the same command.',
    )
    .addOption(
      new Option(
        '--scale <name>',
        'quick: some twenty minutes on two cores, to see how it goes; medium: 20,000 people, the main table and ' +
          'the curves of tuning, some two hours; full: a night, parts taken away, shares of the data and three ' +
          'seeds as well',
      )
        .choices(Object.keys(scales))
        .makeOptionMandatory(),
    )
    .option('--out <dir>', 'where everything goes', 'reproduction')
    .option('--seed <n>', 'seed of people, pairs, start values, batches', integer(), 1)
    .option('--dry-run', 'print the command lines, and end');
  for (const option of engineOptions()) command.addOption(option);
  return command
    .addHelpText('after', '\nExample:\n  q-anchor reproduce --scale quick --out reproduction')
    .action(async (_: Options, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      const context = contextOf(self);
      const { scale: name, seed } = options;
      const out = resolve(options.out);
      const planIn = (folder: string) =>
        reproductionPlan({
          out: folder,
          scale: scales[name],
          seed,
          scenarios: scales[name].scenarios ?? simulatedScenarioNames,
          engine: engineFlags(options),
        });
      const { steps, comparisons } = planIn(out);
      if (options.dryRun === true) {
        context.print(steps.map(({ args }) => `q-anchor ${args.join(' ')}`).join('\n'));
        return;
      }
      const places = placesIn(out);
      await mkdir(join(out, 'runs'), { recursive: true });
      await mkdir(dirname(places.log('any')), { recursive: true });
      const { version, commit } = await versionOf();
      const journal = await openJournal(places.journal, {
        scale: name,
        seed,
        version: commit === undefined ? version : `${version}, ${commit}`,
        // Wherever the folder lies now.
        plan: digestOf(planIn('').steps.map(({ args }) => args)),
      });
      const { ablations, scaling, seeds } = comparisons;
      await writeDescription(places.description, {
        scale: name,
        seed,
        main: 'main',
        ablations: [...ablations],
        scaling: [...scaling],
        seeds: [...seeds],
      });
      await runSteps(steps, { out, journal, runCommand, isQuiet: options.quiet === true, context });
      context.print(`Report in ${places.report}, the main table in ${places.evaluation}`);
    });
}

/** The engine's options, to be handed on. */
const engineFlags = ({ device, threads }: EngineOptions): readonly string[] => [
  '--device',
  device,
  ...(threads === undefined ? [] : ['--threads', `${threads}`]),
];

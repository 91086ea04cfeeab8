import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** Where a bench runs. */
export interface Machine {
  /** Processors this process may use. */
  readonly cores: number;
  /** The processor's name. */
  readonly model: string;
  /** Memory, in GiB. */
  readonly memoryGB: number;
  /** Load average of the last minute. */
  readonly load: number;
}

/** Load average from which on other work disturbs the timings. */
const quietLoad = 0.5;

/** This machine, now. */
export const thisMachine = (): Machine => ({
  cores: availableParallelism(),
  model: cpus()[0]?.model.trim() ?? 'unknown processor',
  memoryGB: totalmem() / 2 ** 30,
  load: loadavg()[0]!,
});

/** Lines that say where the bench runs, with a warning where the machine is busy. */
export function machineLines({ cores, model, memoryGB, load }: Machine): string[] {
  const lines = [
    `machine: ${cores} cores, ${model}, ${memoryGB.toFixed(0)} GiB, load average ${load.toFixed(2)}`,
  ];
  if (load > quietLoad) {
    lines.push(
      `warning: a load average above ${quietLoad} means that other work shares the cores: times are too long, only ratios of one round mean something`,
    );
  }
  return lines;
}

import { UnavailableError } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { jsonAnswer } from '../../src/measure/json-answer.js';
import { machineLines } from '../../src/measure/machine.js';
import { commandFrom, createTorch } from '../../src/measure/torch.js';
import { workloadsOf } from '../../src/workloads/default-workloads.js';

const folder = new URL('../../torch/', import.meta.url);
const node = (script: string): string => `"${process.execPath}" -e "${script}" --`;

describe('the command that starts Python', () => {
  test('is split at blanks outside quotes', () => {
    expect(commandFrom('python3')).toEqual(['python3']);
    expect(commandFrom('  uv run   python ')).toEqual(['uv', 'run', 'python']);
    expect(commandFrom(`"/a b/python" -X 'x y'`)).toEqual(['/a b/python', '-X', 'x y']);
    expect(commandFrom(`/a" b"/python`)).toEqual(['/a b/python']);
  });

  test.each(['', '  ', '"python3'])('%j is bad input', (text) => {
    expect(() => commandFrom(text)).toThrow(/--torch: expected a command/);
  });
});

describe('PyTorch', () => {
  test('a Python that is not there: what to install', async () => {
    const torch = createTorch('no-such-python', { folder });
    await expect(torch.version()).rejects.toThrow(/no-such-python.*ENOENT.*pip install torch/s);
    await expect(torch.version()).rejects.toThrow(UnavailableError);
  });

  test('a Python without PyTorch: its own words, and what to install', async () => {
    const script = `console.error('No module named torch'); process.exit(1)`;
    const torch = createTorch(node(script), { folder });
    await expect(torch.version()).rejects.toThrow(/No module named torch.*pip install torch/s);
  });

  test('the twin is told script, shape, type, runs and threads', async () => {
    const script = `console.log(JSON.stringify(process.argv.slice(1)))`;
    const torch = createTorch(node(script), { folder });
    const [workload] = workloadsOf('train-step');
    const told = await torch.timing(workload!, { type: 'bf16', runs: 3, threads: 2 });
    expect(told).toEqual([
      expect.stringMatching(/torch[\\/]train_step\.py$/),
      '16,128,512,8,8,2,8192,1408',
      '--dtype',
      'bf16',
      '--runs',
      '3',
      '--threads',
      '2',
    ]);
  });
});

describe('answers of processes', () => {
  const ask = (script: string, signal?: AbortSignal) =>
    jsonAnswer({
      command: [process.execPath, '-e', script],
      what: 'it',
      fix: 'Mend it.',
      ...(signal && { signal }),
    });

  test('are the JSON of the last line', async () => {
    expect(await ask('console.log("warming up"); console.log(`{"ms": 2}`)')).toEqual({ ms: 2 });
  });

  test('anything else is an error that says what was answered', async () => {
    await expect(ask('console.log("nothing")')).rejects.toThrow(/'nothing', no JSON. Mend it/);
  });

  test('an abort ends the process', async () => {
    const waiting = ask('setInterval(() => {}, 1000)', AbortSignal.timeout(50));
    await expect(waiting).rejects.toThrow(/abort/i);
  });
});

describe('the machine', () => {
  const machine = { cores: 2, model: 'a processor', memoryGB: 24, load: 0.5 };

  test('is said in one line where it is quiet', () => {
    expect(machineLines(machine)).toEqual([
      'machine: 2 cores, a processor, 24 GiB, load average 0.50',
    ]);
  });

  test('is warned about where it is busy', () => {
    expect(machineLines({ ...machine, load: 0.51 })[1]).toMatch(/^warning: .*above 0\.5/);
  });
});

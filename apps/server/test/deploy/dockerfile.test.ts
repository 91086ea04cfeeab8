import { readFile } from 'node:fs/promises';

import { DockerfileParser } from 'dockerfile-ast';
import { expect, test } from 'vitest';

import { settingOptions, variableOf } from '../../src/settings/setting-options.js';
import { settingSchemas } from '../../src/settings/settings.js';

const read = (path: string): Promise<string> =>
  readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const dockerfile = DockerfileParser.parse(await read('deploy/Dockerfile'));

/** https://docs.docker.com/reference/dockerfile */
const known = new Set(
  'FROM RUN CMD LABEL EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG HEALTHCHECK'.split(
    ' ',
  ),
);

test('has known instructions with arguments; stages that it copies from exist', () => {
  for (const instruction of dockerfile.getInstructions()) {
    expect(known).toContain(instruction.getKeyword());
    expect(instruction.getArguments().length).toBeGreaterThan(0);
  }
  const stages = dockerfile.getFROMs().map((from) => from.getBuildStage());
  expect(stages).toEqual(['build', null]);
  const from = dockerfile
    .getCOPYs()
    .flatMap((copy) => copy.getFlags().filter((flag) => flag.getName() === 'from'));
  expect(from.map((flag) => flag.getValue())).toEqual(['build']);
  for (const image of dockerfile.getFROMs()) expect(image.getImageTag()).toMatch(/^\d+-/);
});

test('runs the command as a user that is not root, with settings it knows', async () => {
  const instructions = dockerfile.getInstructions();
  const last = (keyword: string): string =>
    instructions.findLast((one) => one.getKeyword() === keyword)!.getArgumentsContent()!;
  expect(last('USER')).toBe('node');
  expect(JSON.parse(last('ENTRYPOINT'))).toEqual(['node', 'dist/main.js']);
  const { bin } = JSON.parse(await read('package.json')) as { bin: Record<string, string> };
  expect(bin['q-anchor-server']).toBe('./dist/main.js');
  const keys = new Map(settingOptions.map(([key]) => [variableOf(key), key]));
  const set = new Map<string, string>();
  for (const env of dockerfile.getENVs()) {
    for (const property of env.getProperties()) {
      if (property.getName() !== 'NODE_ENV') set.set(property.getName(), property.getValue()!);
    }
  }
  expect(set.size).toBeGreaterThan(3);
  for (const [name, value] of set) {
    expect([name, settingSchemas[keys.get(name)!].safeParse(value).success]).toEqual([name, true]);
  }
  expect(last('EXPOSE')).toBe(set.get('Q_ANCHOR_PORT'));
  const health = instructions.find((one) => one.getKeyword() === 'HEALTHCHECK')!;
  expect(health.getArgumentsContent()).toContain('/health');
  // The workspace's version of pnpm.
  const { packageManager } = JSON.parse(await read('../../package.json')) as {
    packageManager: string;
  };
  const runs = instructions.filter((one) => one.getKeyword() === 'RUN');
  const installs = runs
    .map((run) => run.getArgumentsContent()!)
    .filter((text) => text.includes('pnpm'));
  expect(installs).toHaveLength(3);
  for (const text of installs) expect(text).toContain(packageManager);
});

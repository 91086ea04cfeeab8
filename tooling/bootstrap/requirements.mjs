/**
 * What a machine must have before anything else can run, read from the root package.json.
 *
 * @param {{ engines: { node: string }, packageManager: string }} manifest
 * @returns {{ nodeFloor: string, pnpmSpec: string }} e.g. `20.19` and `pnpm@12.21.0`
 */
export const requirementsOf = (manifest) => {
  const floor = /^>=\s*(\d+(?:\.\d+){0,2})$/.exec(manifest.engines.node);
  if (!floor?.[1]) {
    throw new Error(`package.json engines.node is "${manifest.engines.node}", expected ">=X.Y"`);
  }
  const manager = /^pnpm@\d+\.\d+\.\d+/.exec(manifest.packageManager);
  if (!manager) {
    throw new Error(
      `package.json packageManager is "${manifest.packageManager}", expected "pnpm@X.Y.Z"`,
    );
  }
  return { nodeFloor: floor[1], pnpmSpec: manager[0] };
};

/**
 * Whether a version reaches a floor, part by part.
 *
 * @param {string} version e.g. `20.20.2`
 * @param {string} floor e.g. `20.19`
 */
export const isAtLeast = (version, floor) => {
  const have = version.split('.').map(Number);
  const want = floor.split('.').map(Number);
  for (const [part, wanted] of want.entries()) {
    const difference = (have[part] || 0) - wanted;
    if (difference !== 0) return difference > 0;
  }
  return true;
};

/**
 * A folder of the workspace as this check sees it.
 *
 * @typedef {object} Member
 * @property {'packages' | 'apps' | 'tooling'} group the folder it lies in
 * @property {string} name its name without the scope
 * @property {string[]} dependencies workspace packages its package.json names, without the scope
 * @property {{ file: string, specifier: string }[]} imports what its sources and tests import
 */

const scope = '@q-anchor/';

/** @param {Record<string, string[]>} layers @param {string} name @returns {Set<string>} */
const below = (layers, name) => {
  const reached = new Set();
  const visit = (from) => {
    for (const next of layers[from] ?? []) {
      if (next === name) throw new Error(`layers.mjs has a cycle through ${name}`);
      if (reached.has(next)) continue;
      reached.add(next);
      visit(next);
    }
  };
  visit(name);
  return reached;
};

/** What a member may lean on, or undefined for a package that the table lacks. */
const allowedOf = (member, members, layers) => {
  if (member.group === 'packages') {
    return member.name in layers ? below(layers, member.name) : undefined;
  }
  const groups = member.group === 'apps' ? ['packages'] : ['packages', 'apps'];
  return new Set(members.filter(({ group }) => groups.includes(group)).map(({ name }) => name));
};

/** @param {Member} member @param {Set<string>} allowed @param {string[]} shared */
const dependencyProblems = (member, allowed, shared) =>
  member.dependencies
    .filter((name) => !shared.includes(name) && !allowed.has(name))
    .map(
      (name) =>
        `${member.group}/${member.name}/package.json names ${scope}${name}: ${member.name} may lean on ` +
        (allowed.size > 0 ? [...allowed].toSorted().join(', ') : 'nothing'),
    );

/** @param {Member} member */
const importProblems = (member) =>
  member.imports.flatMap(({ file, specifier }) => {
    if (specifier.startsWith('.')) {
      const depth = file.split('/').length - 1;
      const climbs = specifier.split('/').filter((part) => part === '..').length;
      return climbs > depth
        ? [`${member.group}/${member.name}/${file} imports ${specifier}, outside its own folder`]
        : [];
    }
    if (!specifier.startsWith(scope)) return [];
    const [name = '', ...rest] = specifier.slice(scope.length).split('/');
    if (name === member.name) return [];
    if (!member.dependencies.includes(name)) {
      return [
        `${member.group}/${member.name}/${file} imports ${specifier}, which its package.json does not name`,
      ];
    }
    return rest[0] === 'src' || rest[0] === 'dist'
      ? [
          `${member.group}/${member.name}/${file} imports ${specifier}: import ${scope}${name} instead`,
        ]
      : [];
  });

/**
 * Everything in a workspace that breaks the order of the layers.
 *
 * @param {Member[]} members
 * @param {{ layers: Record<string, string[]>, shared: string[] }} rules
 * @returns {string[]} one sentence per problem
 */
export const importOrderProblems = (members, { layers, shared }) =>
  members.flatMap((member) => {
    const allowed = allowedOf(member, members, layers);
    if (!allowed) {
      return [`packages/${member.name} is not in tooling/imports/layers.mjs: say what it leans on`];
    }
    return [...dependencyProblems(member, allowed, shared), ...importProblems(member)];
  });

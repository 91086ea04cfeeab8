/**
 * A folder of the workspace as this check sees it. Names come without the scope.
 *
 * @typedef {object} Member
 * @property {'packages' | 'apps' | 'tooling'} group the folder it lies in
 * @property {string} name its name
 * @property {string[]} dependencies workspace packages that what it ships needs
 * @property {string[]} devDependencies workspace packages that its tests and build need
 * @property {{ file: string, specifier: string }[]} imports what its sources, tests and benches import
 */

const scope = '@q-anchor/';

/** What can be reached from a name through a table, the name itself only if there is a cycle. */
const reachableFrom = (name, table) => {
  const reached = new Set();
  const visit = (from) => {
    for (const next of table[from] ?? []) {
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
    return member.name in layers ? reachableFrom(member.name, layers) : undefined;
  }
  const groups = member.group === 'apps' ? ['packages'] : ['packages', 'apps'];
  return new Set(members.filter(({ group }) => groups.includes(group)).map(({ name }) => name));
};

const orderProblems = (member, allowed, where) =>
  member.dependencies
    .filter((name) => !allowed.has(name))
    .map((name) => {
      const names = allowed.size > 0 ? [...allowed].join(', ') : 'nothing';
      return `${where}/package.json names ${scope}${name}: ${member.name} may lean on ${names}`;
    });

const cycleProblems = (member, table, where) =>
  reachableFrom(member.name, table).has(member.name)
    ? [`${where}/package.json closes a cycle: ${member.name} is needed by what it needs`]
    : [];

const importProblem = (member, file, specifier) => {
  if (specifier.startsWith('.')) {
    const depth = file.split('/').length - 1;
    const climbs = specifier.split('/').filter((part) => part === '..').length;
    // Servers and fixtures that tests of several members share lie with the one they stand in for.
    const isSharedSupport = file.startsWith('test/') && specifier.includes('/test/support/');
    return climbs > depth && !isSharedSupport ? 'outside its own folder' : undefined;
  }
  if (!specifier.startsWith(scope)) return undefined;
  const [name = '', ...rest] = specifier.slice(scope.length).split('/');
  if (rest[0] === 'src' || rest[0] === 'dist') return `import ${scope}${name} instead`;
  if (name === member.name || member.dependencies.includes(name)) return undefined;
  if (!file.startsWith('src/') && member.devDependencies.includes(name)) return undefined;
  return 'which its package.json does not name as a dependency';
};

/**
 * Everything in a workspace that breaks the order of the layers.
 *
 * What ships follows the table. Tests may lean sideways too, as long as no cycle arises: the task
 * runner orders work by dev dependencies as well.
 *
 * @param {Member[]} members every folder
 * @param {{ layers: Record<string, string[]> }} rules what each package leans on directly
 * @returns {string[]} one sentence per problem
 */
export const importOrderProblems = (members, { layers }) => {
  const table = Object.fromEntries(
    members.map(({ name, dependencies, devDependencies }) => [
      name,
      [...dependencies, ...devDependencies],
    ]),
  );
  return members.flatMap((member) => {
    const where = `${member.group}/${member.name}`;
    const allowed = allowedOf(member, members, layers);
    if (!allowed) return [`${where} is not in tooling/imports/layers.mjs: say what it leans on`];
    if (allowed.has(member.name) && member.group === 'packages') {
      return [`tooling/imports/layers.mjs has a cycle through ${member.name}`];
    }
    const imports = member.imports.flatMap(({ file, specifier }) => {
      const problem = importProblem(member, file, specifier);
      return problem ? [`${where}/${file} imports ${specifier}: ${problem}`] : [];
    });
    return [
      ...orderProblems(member, allowed, where),
      ...cycleProblems(member, table, where),
      ...imports,
    ];
  });
};

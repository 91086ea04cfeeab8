import { InputError } from '@q-anchor/core';

/**
 * Checks users to tune and to validate on: as many labels as users, and users of every class.
 *
 * @param parts - users and labels by what they are for
 * @param options - number of classes, and which way of tuning, for errors
 * @throws {@link @q-anchor/core#InputError} if it is not so
 */
export function checkTuningUsers(
  parts: Readonly<Record<string, { readonly users: number; readonly labels: readonly number[] }>>,
  { classes, what }: { readonly classes: number; readonly what: string },
): void {
  for (const [name, { users, labels }] of Object.entries(parts)) {
    const where = `${what}, ${name} users`;
    if (labels.length !== users) {
      const expected = `${users} labels, one for each user`;
      throw new InputError({ where, expected, found: `${labels.length}` });
    }
    const stray = labels.find(
      (label) => !(Number.isInteger(label) && label >= 0 && label < classes),
    );
    if (stray !== undefined) {
      const expected = `classes from 0 to ${classes - 1}`;
      const fix = 'Number the classes from 0, and say how many there are';
      throw new InputError({ where, expected, found: `${stray}`, fix });
    }
    for (let c = 0; c < classes; c++) {
      if (labels.includes(c)) continue;
      throw new InputError({
        where,
        expected: 'users of every class',
        found: `none of class ${c}`,
        fix: 'Take users of each class, or say that there are fewer classes',
      });
    }
  }
}

import { InputError } from '@q-anchor/core';

/** Where a server is. */
export interface ServerAddress {
  /** The address, with its password if it has one. */
  readonly url: string;
  /** What of it may be shown. */
  readonly shown: string;
}

const example = 'postgres://user@localhost:5432/database';
const isSource = /^env:([A-Za-z_][A-Za-z0-9_]*)$/u;

/**
 * The address that a source gives, itself or by the name of an environment variable.
 *
 * @throws {@link InputError} if there is no such variable, or no such address in it; what is there
 * is never shown, as a password may be in it
 */
export function serverAddress(given: string, where: string): ServerAddress {
  const variable = isSource.exec(given)?.[1];
  const url = variable === undefined ? given : process.env[variable];
  if (url === undefined || url === '') {
    throw new InputError({
      where,
      expected: `the address of a PostgreSQL server in the environment variable ${variable ?? ''}`,
      found: 'nothing',
      fix: `Set it: ${example}`,
    });
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^postgres(ql)?:$/u.test(parsed.protocol)) {
    throw new InputError({
      where,
      expected: `an address such as ${example}, or env:NAME of a variable that has one`,
      found: variable === undefined ? 'something else' : `something else in ${variable}`,
    });
  }
  const { username, host, pathname } = parsed;
  const user = username === '' ? '' : `${username}@`;
  return { url, shown: `${parsed.protocol}//${user}${host}${pathname}` };
}

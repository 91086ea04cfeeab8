import { InputError, UnavailableError } from '@q-anchor/core';

/** Where models are, and who asks. */
export interface Hub {
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** The model, `owner/name`. */
  readonly name: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  /** Sends the token along, and stops when told; follows redirects. */
  readonly fetch: typeof fetch;
}

/** A model that does not answer as one: what a status means for whoever asked. */
const refusals: Readonly<Record<number, { readonly found: string; readonly fix: string }>> = {
  401: {
    found: 'no access (401): there is no such model, or it is private',
    fix: 'Check the name; for a private or gated model set HF_TOKEN to a token that may read it',
  },
  403: {
    found: 'no access (403): the token may not read it, or its conditions are not accepted',
    fix: 'Accept the conditions on the model’s page, and set HF_TOKEN to a token that may read it',
  },
  404: {
    found: 'nothing of that name or revision (404)',
    fix: 'Check the name, owner/name, and the revision',
  },
};

/**
 * The hub for one model.
 *
 * @param name - the model, `owner/name`
 * @param options - endpoint, revision, token, signal
 * @throws {@link @q-anchor/core#InputError} if name or endpoint cannot be one
 */
export function hubFor(
  name: string,
  options: {
    readonly endpoint: string;
    readonly revision: string;
    readonly token: string | undefined;
    readonly signal: AbortSignal | undefined;
  },
): Hub {
  const { token, signal, revision } = options;
  if (!/^(?:[\w-][\w.-]*\/)?[\w-][\w.-]*$/.test(name)) {
    throw new InputError({
      where: 'model',
      expected: 'a name like owner/name',
      found: JSON.stringify(name),
    });
  }
  if (!URL.canParse(options.endpoint) || !/^https?:/.test(options.endpoint)) {
    throw new InputError({
      where: 'endpoint',
      expected: 'an http(s) address',
      found: JSON.stringify(options.endpoint),
      fix: 'Correct or remove HF_ENDPOINT',
    });
  }
  const endpoint = options.endpoint.replace(/\/+$/, '');
  const { origin } = new URL(endpoint);
  return {
    endpoint,
    name,
    revision,
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      const address = new URL(input instanceof Request ? input.url : input);
      // A token is for its own hub: a redirect to another host loses it by fetch's own rule.
      if (token && address.origin === origin) headers.set('authorization', `Bearer ${token}`);
      return fetch(input, { ...init, headers, ...(signal && { signal }) });
    },
  };
}

/**
 * The error for a status that is not success.
 *
 * @param status - of the answer
 * @param what - what was asked for
 */
export function statusError(
  status: number,
  { hub, what }: { readonly hub: Hub; readonly what: string },
): InputError | UnavailableError {
  const refusal = refusals[status];
  if (refusal) {
    return new InputError({
      where: `${hub.endpoint}: ${what}, revision ${hub.revision}`,
      expected: 'a model that may be read',
      ...refusal,
    });
  }
  return new UnavailableError(hub.endpoint, `${what}: it answered ${status}`, 'Try again later');
}

/**
 * The error for a hub that cannot be reached, or a connection that broke.
 *
 * @param error - what `fetch` or the body threw
 * @param options - the hub, what was asked for, and where files go
 */
export function connectionError(
  error: unknown,
  options: { readonly hub: Hub; readonly what: string; readonly directory: string },
): UnavailableError {
  const { hub, what, directory } = options;
  return new UnavailableError(
    hub.endpoint,
    `${what}: ${reasonOf(error)}`,
    `What is fetched so far is kept, and pulling again goes on from there. Without a connection, place ` +
      `config.json, tokenizer.json, tokenizer_config.json, generation_config.json and the .safetensors ` +
      `files (with model.safetensors.index.json where there are several) into ${directory} by hand. ` +
      `HF_ENDPOINT names a mirror`,
    { cause: error },
  );
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const { code } = cause as NodeJS.ErrnoException;
  return [code, cause.message].filter((part) => part !== undefined && part !== '').join(': ');
}

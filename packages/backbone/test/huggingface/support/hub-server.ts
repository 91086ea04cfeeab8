import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A file of the served model. */
export interface ServedFile {
  readonly content: Buffer;
  /** In large-file storage: listed with its SHA-256, served by a redirect. */
  readonly isLarge?: boolean;
}

/** What was asked of the server. */
interface HubRequest {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** How the server behaves; a test may change it while it runs. */
export interface HubBehaviour {
  /** Content by path. */
  files: Record<string, ServedFile>;
  /** Status of every answer, in place of the right one. */
  status?: number;
  /** Only this token may read. */
  token?: string;
  /** So many answers of files break off after half of their bytes. */
  cuts?: number;
  /** So many answers of files are this status, before the right ones. */
  failures?: { status: number; left: number };
  /** Whether ranges are answered with the whole file. */
  ignoresRanges?: boolean;
  /** Files per page of the list. */
  pageSize?: number;
  /** Content that is sent in place of the listed one. */
  damage?: Record<string, Buffer>;
}

/** A hub on this machine that speaks the paths that pulling uses. */
export interface HubServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly behaviour: HubBehaviour;
  readonly requests: HubRequest[];
}

export const repository = 'owner/tiny-model';
export const commit = '0123456789abcdef0123456789abcdef01234567';

const gitSha1 = (content: Buffer) =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** Starts a hub. */
export async function startHub(behaviour: HubBehaviour): Promise<HubServer> {
  const requests: HubRequest[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://hub');
    const { range, authorization } = request.headers;
    requests.push({ path: pathname, range, authorization });
    answer({ request, response, pathname, searchParams });
  });

  const answer = (asked: {
    request: IncomingMessage;
    response: ServerResponse;
    pathname: string;
    searchParams: URLSearchParams;
  }): void => {
    const { request, response, pathname, searchParams } = asked;
    const fail = (status: number): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: 'no' }));
    };
    if (behaviour.status !== undefined) return fail(behaviour.status);
    const isStorage = pathname.startsWith('/storage/');
    const { authorization } = request.headers;
    if (
      behaviour.token !== undefined &&
      !isStorage &&
      authorization !== `Bearer ${behaviour.token}`
    ) {
      return fail(401);
    }
    const tree = /^\/api\/models\/owner\/tiny-model\/tree\/([^/]+)$/.exec(pathname);
    if (tree) {
      if (tree[1] !== 'main' && tree[1] !== commit) return fail(404);
      return list(response, searchParams);
    }
    const resolved = /^\/owner\/tiny-model\/resolve\/[^/]+\/(.+)$/.exec(pathname);
    const path = resolved?.[1] ?? (isStorage ? pathname.slice('/storage/'.length) : undefined);
    const file = path === undefined ? undefined : behaviour.files[path];
    if (path === undefined || !file) return fail(404);
    if (file.isLarge && !isStorage) {
      return void response
        .writeHead(302, { location: `/storage/${path}`, 'x-repo-commit': commit })
        .end();
    }
    const failures = behaviour.failures;
    if (failures && failures.left > 0) {
      failures.left--;
      return fail(failures.status);
    }
    send(behaviour.damage?.[path] ?? file.content, request, response);
  };

  const list = (response: ServerResponse, query: URLSearchParams): void => {
    const all = Object.entries(behaviour.files).map(([path, { content, isLarge }]) => ({
      type: 'file',
      path,
      size: content.length,
      oid: isLarge ? gitSha1(Buffer.from('a pointer')) : gitSha1(content),
      ...(isLarge && { lfs: { oid: sha256(content), size: content.length, pointerSize: 100 } }),
    }));
    const size = behaviour.pageSize ?? all.length;
    const start = Number(query.get('cursor') ?? 0);
    const next = start + size;
    response.writeHead(200, {
      'content-type': 'application/json',
      ...(next < all.length && {
        link: `<${endpoint}/api/models/${repository}/tree/main?cursor=${next}>; rel="next"`,
      }),
    });
    response.end(
      JSON.stringify([...all.slice(start, next), { type: 'directory', path: 'onnx', size: 0 }]),
    );
  };

  const send = (content: Buffer, request: IncomingMessage, response: ServerResponse): void => {
    const range = behaviour.ignoresRanges
      ? null
      : /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const start = range ? Number(range[1]) : 0;
    const body = content.subarray(start);
    response.writeHead(range ? 206 : 200, {
      'content-length': body.length,
      'x-repo-commit': commit,
      ...(range && { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
    });
    if ((behaviour.cuts ?? 0) > 0 && content.length > 100) {
      behaviour.cuts = behaviour.cuts! - 1;
      response.write(body.subarray(0, Math.ceil(body.length / 2)), () =>
        setTimeout(() => response.destroy(), 50),
      );
      return;
    }
    response.end(body);
  };

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoint,
    behaviour,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

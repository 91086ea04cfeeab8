import type { Socket } from 'node:net';

import { apiErrorBody, type ApiProblem } from './api-error.js';

const problems: Readonly<Record<string, ApiProblem>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'headers_too_large', message: 'headers are too large' },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request_timeout',
    message: 'the request did not come to its end in time',
  },
};
const malformed: ApiProblem = {
  status: 400,
  code: 'bad_request',
  message: 'this is no HTTP request',
};

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** Answers what never became a request, and closes the connection. */
export function answerClientErrors(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const problem = problems[error.code ?? ''] ?? malformed;
  const body = JSON.stringify(apiErrorBody(problem));
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.write(
    `HTTP/1.1 ${problem.status} ${reasons[problem.status]}\r\nconnection: close\r\n` +
      `content-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  socket.destroySoon();
}

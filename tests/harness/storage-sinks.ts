import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { startMailServer } from './mail-server.ts';
import { startSftpServer } from './sftp-server.ts';

/** A server on this machine that takes everything and keeps nothing. */
export interface StorageServer extends AsyncDisposable {
  readonly port: number;
  /** Of SFTP. */
  readonly hostKey?: string;
  /** Of SFTP: what lies there can be read. */
  readonly folder?: string;
}

export async function startSftp(): Promise<StorageServer> {
  const server = await startSftpServer({ password: 'bench', discards: true });
  return {
    port: server.port,
    hostKey: server.fingerprint,
    folder: server.folder,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

export function startMailSink(): Promise<StorageServer> {
  return startMailServer({
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      stream.resume();
      stream.once('end', () => done(null));
    },
  });
}

/**
 * Azure Blob Storage, S3, or any server of HTTP.
 *
 * @param bytes how many whatever is asked for has; 0: nothing is there yet.
 */
export async function startObjectServer(type: 'azure' | 's3' | 'http', bytes: number): Promise<StorageServer> {
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => (request.method === 'GET' ? give(bytes, response) : answer(type, request, response)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const PIECE = randomBytes(1024 * 1024);

function give(bytes: number, response: ServerResponse): void {
  function* pieces() {
    for (let left = bytes; left > 0; left -= PIECE.length) yield left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
  }
  const headers = { 'content-length': bytes, 'content-type': 'application/octet-stream', etag: '"e"', 'x-ms-blob-type': 'BlockBlob' };
  Readable.from(pieces(), { objectMode: false }).pipe(response.writeHead(200, headers));
}

function answer(type: 'azure' | 's3' | 'http', { method, url = '' }: IncomingMessage, response: ServerResponse): void {
  if (method === 'HEAD') {
    response.writeHead(404, type === 'azure' ? { 'x-ms-error-code': 'BlobNotFound' } : {}).end();
  } else if (type === 's3' && method === 'POST') {
    const name = url.includes('uploadId=') ? 'CompleteMultipartUploadResult' : 'InitiateMultipartUploadResult';
    response.end(`<?xml version="1.0"?><${name}><Bucket>docs</Bucket><Key>k</Key><UploadId>u</UploadId><ETag>"e"</ETag></${name}>`);
  } else response.writeHead(type === 's3' ? 200 : 201, { etag: '"e"' }).end();
}

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { largeDocument, sha256 } from '../tests/harness/documents.ts';
import { startSftpServer } from '../tests/harness/sftp-server.ts';
import { median } from './measure.ts';

/**
 * `node bench/storage-types.ts [MEBIBYTES] [TYPE …]`: one large document, 1 GiB by default, through the
 * publisher of each storage type, beside the vendor's library alone that sends the same file. Both are
 * processes of their own, by turns, against a server on this machine that takes everything and keeps nothing.
 * Prints the ratio of the times, and how much memory each had above what it had idle, its library loaded.
 */
const ROUNDS = 3;
const PRODUCT = fileURLToPath(new URL('storage-types-product.ts', import.meta.url));
const FLOOR = fileURLToPath(new URL('floors/publish-to-storage.ts', import.meta.url));
const TYPES = ['azure', 's3', 'http', 'sftp'] as const;

const [megabytes = '1024', ...asked] = process.argv.slice(2);
const bytes = Number(megabytes) * 1024 * 1024;
const folder = await mkdtemp(join(tmpdir(), 'holdfast-storage-'));
try {
  const file = join(folder, 'large.bin');
  const document = largeDocument(bytes);
  await pipeline(document.open(), createWriteStream(file));
  const digest = await sha256(document);
  for (const type of TYPES.filter((each) => asked.length === 0 || asked.includes(each))) {
    await using server = await sinkFor(type);
    const measured = { product: [] as Measured[], floor: [] as Measured[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [who, program] of [
        ['product', PRODUCT],
        ['floor', FLOOR],
      ] as const) {
        const { stdout } = await promisify(execFile)(process.execPath, [program, type, String(server.port), file, digest, server.hostKey]);
        measured[who].push(JSON.parse(stdout) as Measured);
      }
    }
    const seconds = (each: readonly Measured[]) => median(each.map(({ milliseconds }) => milliseconds)) / 1000;
    const above = (each: readonly Measured[]) => Math.round(Math.max(...each.map(({ aboveIdle }) => aboveIdle)) / 1024 / 1024);
    const [ours, theirs] = [seconds(measured.product), seconds(measured.floor)];
    console.log(
      `${type}: ${megabytes} MiB in ${ours.toFixed(1)} s, the library alone ${theirs.toFixed(1)} s: ${(theirs / ours).toFixed(2)} of its pace;` +
        ` ${above(measured.product)} MiB above idle, the library alone ${above(measured.floor)} MiB`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

interface Measured {
  readonly milliseconds: number;
  /** Bytes. */
  readonly aboveIdle: number;
}

/** A server that takes what the type sends. */
async function sinkFor(type: (typeof TYPES)[number]): Promise<{ port: number; hostKey: string } & AsyncDisposable> {
  if (type === 'sftp') {
    const server = await startSftpServer({ password: 'bench', discards: true });
    return { port: server.port, hostKey: server.fingerprint, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  }
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => answer(type, request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: '',
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function answer(type: 'azure' | 's3' | 'http', { method, url = '' }: IncomingMessage, response: ServerResponse): void {
  if (method === 'HEAD') {
    response.writeHead(404, type === 'azure' ? { 'x-ms-error-code': 'BlobNotFound' } : {}).end();
  } else if (type === 's3' && method === 'POST') {
    const name = url.includes('uploadId=') ? 'CompleteMultipartUploadResult' : 'InitiateMultipartUploadResult';
    response.end(`<?xml version="1.0"?><${name}><Bucket>docs</Bucket><Key>k</Key><UploadId>u</UploadId><ETag>"e"</ETag></${name}>`);
  } else response.writeHead(type === 's3' ? 200 : 201, { etag: '"e"' }).end();
}

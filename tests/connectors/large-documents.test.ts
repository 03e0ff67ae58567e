import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { InputDocument, Options, PublisherConnector, SourceConnector } from '@holdfast/connector';
import { azureBlob, azureBlobSource } from '@holdfast/connector-azure-blob';
import { httpPublisher, httpSource } from '@holdfast/connector-http';
import { s3Publisher, s3Source } from '@holdfast/connector-s3';
import { createObjectStore } from '@holdfast/connector-s3/object-store';
import { sftpPublisher, sftpSource } from '@holdfast/connector-sftp';
import { testContext } from '../harness/connector-context.ts';
import { type StorageServer, startObjectServer, startSftp } from '../harness/storage-sinks.ts';

const MEBIBYTE = 1024 * 1024;
const SIZE = 32 * MEBIBYTE;
/**
 * Of both sides, which are in this process: an object in S3 goes out in parts of 8 MiB, of which two are
 * held.
 */
const HELD_MAXIMUM = 24 * MEBIBYTE;
const LOOKED_EVERY = 8 * MEBIBYTE;
const KEY = Buffer.alloc(64, 7).toString('base64');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are held, not waiting to be collected. */
function held(): number {
  // What was made while the collector was under way already goes the second time.
  collect();
  collect();
  return process.memoryUsage().arrayBuffers;
}

/** Passes bytes on, and looks on the way how much more is held than at first. */
function watch() {
  const atFirst = held();
  let most = 0;
  return {
    async *through(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      let since = 0;
      for await (const piece of bytes) {
        since += piece.length;
        if (since >= LOOKED_EVERY) {
          since = 0;
          most = Math.max(most, held() - atFirst);
        }
        yield piece;
      }
      most = Math.max(most, held() - atFirst);
    },
    requireLittle() {
      assert.ok(most <= HELD_MAXIMUM, `${Math.round(most / MEBIBYTE)} MiB were held of ${SIZE / MEBIBYTE}`);
    },
  };
}

/** Each piece has memory of its own. */
function* pieces(): Generator<Uint8Array> {
  for (let left = SIZE; left > 0; left -= MEBIBYTE) yield Buffer.alloc(MEBIBYTE, 7);
}

const sha256 = createHash('sha256');
for (const piece of pieces()) sha256.update(piece);
const facts = { name: 'large.bin', contentType: 'application/octet-stream', size: SIZE, sha256: sha256.digest('hex'), idempotencyKey: 'k' };

const optionsOf: Readonly<Record<string, (server: StorageServer) => Options>> = {
  azure: ({ port }) => ({
    connectionString: `AccountName=acme;AccountKey=${KEY};BlobEndpoint=http://127.0.0.1:${port}/acme;`,
    container: 'docs',
  }),
  s3: ({ port }) => ({ endpoint: `http://127.0.0.1:${port}`, bucket: 'docs', accessKeyId: 'AKIATEST', secretAccessKey: KEY }),
  http: ({ port }) => ({ baseUrl: `http://127.0.0.1:${port}/files`, authentication: 'bearer', credential: KEY }),
  'http source': ({ port }) => ({ url: `http://127.0.0.1:${port}/files`, authentication: 'bearer', credential: KEY, paths: 'large.bin' }),
  sftp: ({ port, hostKey }) => ({ host: '127.0.0.1', port, user: 'ada', password: 'bench', hostKey }),
};

const PUBLISHERS: readonly [PublisherConnector, start: () => Promise<StorageServer>, options: string][] = [
  [azureBlob, () => startObjectServer('azure', 0), 'azure'],
  [s3Publisher, () => startObjectServer('s3', 0), 's3'],
  [httpPublisher, () => startObjectServer('http', 0), 'http'],
  [sftpPublisher, startSftp, 'sftp'],
];
const SOURCES: readonly [SourceConnector, start: () => Promise<StorageServer>, options: string, reference: string][] = [
  [azureBlobSource, () => startObjectServer('azure', SIZE), 'azure', 'large.bin'],
  [s3Source, () => startObjectServer('s3', SIZE), 's3', 'large.bin'],
  [httpSource, () => startObjectServer('http', SIZE), 'http source', '/files/large.bin'],
  [sftpSource, startSftp, 'sftp', 'large.bin'],
];

// Mail has a test of its own, at its limit.
describe('a large document', { concurrency: false }, () => {
  for (const [publisher, start, name] of PUBLISHERS) {
    it(`goes through the ${publisher.type.title} a part at a time`, async () => {
      await using server = await start();
      const options = optionsOf[name]?.(server) ?? {};
      await using context = testContext({ destinations: publisher.destinations(options), values: [KEY] });
      const watched = watch();
      let progress = 0;
      const document: InputDocument = { ...facts, read: () => watched.through(pieces()), progress: (sent) => (progress = sent) };
      assert.equal((await publisher.publish(document, options, context)).outcome, 'published');
      assert.equal(progress, SIZE);
      watched.requireLittle();
    });
  }

  for (const [source, start, name, reference] of SOURCES) {
    it(`comes out of the ${source.type.title} a part at a time`, async () => {
      await using server = await start();
      if (server.folder !== undefined) await writeFile(join(server.folder, 'large.bin'), pieces());
      const options = optionsOf[name]?.(server) ?? {};
      await using context = testContext({ destinations: source.destinations(options), values: [KEY] });
      const watched = watch();
      await requireAll(watched.through((await source.read(reference, options, context)).body));
      watched.requireLittle();
    });
  }

  it('goes into the bucket for documents, and out of it, a part at a time', async () => {
    await using server = await startObjectServer('s3', SIZE);
    const origin = `http://127.0.0.1:${server.port}`;
    await using context = testContext({ destinations: [origin], values: [KEY] });
    const place = { endpoint: origin, pathStyle: true, region: 'us-east-1', accessKeyId: 'AKIATEST', secretAccessKey: KEY };
    const store = createObjectStore({ ...place, bucket: 'docs' }, context);
    for (const work of [
      (watched: ReturnType<typeof watch>) => store.put('large.bin', watched.through(pieces())),
      (watched: ReturnType<typeof watch>) => requireAll(watched.through(store.read('large.bin'))),
    ]) {
      const watched = watch();
      await work(watched);
      watched.requireLittle();
    }
  });
});

async function requireAll(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  let length = 0;
  for await (const piece of bytes) length += piece.length;
  assert.equal(length, SIZE);
}

import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { link, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { largeDocument, sha256 } from '../tests/harness/documents.ts';
import { MALLOC_SETTINGS, MEMORY_FLAGS } from '../tests/harness/instance.ts';
import { type StorageServer, startMailSink, startObjectServer, startSftp } from '../tests/harness/storage-sinks.ts';
import { median } from './measure.ts';

/**
 * `node bench/storage-types.ts [MEBIBYTES] [TYPE …]`: one large document, 1 GiB by default, through each type
 * of storage, beside the vendor's library alone that moves the same bytes: `azure`, `s3`, `http`, `sftp` and
 * `email` publish it, `azure-source` and so on read it, `bucket` and `bucket-read` are the place in which the
 * data plane keeps documents. Both are processes of their own, by turns, against a server on this machine
 * that keeps nothing. Prints the ratio of the times, and how much memory each had above what it had idle, its
 * library loaded; the product with the flags of V8 and the settings of glibc that a plane is started with.
 */
const ROUNDS = Number(process.env.HOLDFAST_BENCH_ROUNDS ?? 3);
const PRODUCT = fileURLToPath(new URL('storage-types-product.ts', import.meta.url));
const FLOOR = fileURLToPath(new URL('floors/through-storage.ts', import.meta.url));
const MEBIBYTE = 1024 * 1024;
/** What a mail takes at most. */
const MAIL_MEBIBYTES = 100;

const TYPES: Readonly<Record<string, () => Promise<StorageServer>>> = {
  azure: () => startObjectServer('azure', 0),
  s3: () => startObjectServer('s3', 0),
  http: () => startObjectServer('http', 0),
  sftp: startSftp,
  email: startMailSink,
  'azure-source': () => startObjectServer('azure', mebibytes * MEBIBYTE),
  's3-source': () => startObjectServer('s3', mebibytes * MEBIBYTE),
  'http-source': () => startObjectServer('http', mebibytes * MEBIBYTE),
  'sftp-source': startSftp,
  bucket: () => startObjectServer('s3', 0),
  'bucket-read': () => startObjectServer('s3', mebibytes * MEBIBYTE),
};

const [size = '1024', ...asked] = process.argv.slice(2);
const mebibytes = Number(size);
const unknown = asked.find((type) => !Object.hasOwn(TYPES, type));
if (unknown !== undefined || !(mebibytes > 0)) {
  console.error(`Usage: node bench/storage-types.ts [MEBIBYTES] [${Object.keys(TYPES).join(' | ')} …]`);
  process.exit(2);
}
const folder = await mkdtemp(join(tmpdir(), 'holdfast-storage-'));
try {
  const file = await writeFile(mebibytes);
  const mail = mebibytes > MAIL_MEBIBYTES && (asked.length === 0 || asked.includes('email')) ? await writeFile(MAIL_MEBIBYTES) : file;
  for (const [type, start] of Object.entries(TYPES).filter(([name]) => asked.length === 0 || asked.includes(name))) {
    await using server = await start();
    const { path, digest, mebibytes: sent } = type === 'email' ? mail : file;
    if (server.folder !== undefined && type.endsWith('-source')) await link(path, join(server.folder, 'large.bin'));
    const measured = { product: [] as Measured[], floor: [] as Measured[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [who, program, flags, settings] of [
        ['product', PRODUCT, MEMORY_FLAGS, MALLOC_SETTINGS],
        ['floor', FLOOR, [], {}],
      ] as const) {
        const given = [type, String(server.port), path, digest, server.hostKey ?? ''];
        const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, ...given], {
          env: { ...process.env, ...settings },
        });
        measured[who].push(JSON.parse(stdout) as Measured);
      }
    }
    const of = (each: readonly Measured[]) => ({
      seconds: median(each.map(({ milliseconds }) => milliseconds)) / 1000,
      processor: median(each.map(({ processorSeconds }) => processorSeconds)),
      above: Math.round(Math.max(...each.map(({ aboveIdle }) => aboveIdle)) / MEBIBYTE),
    });
    const [ours, theirs] = [of(measured.product), of(measured.floor)];
    console.log(
      `${type}: ${sent} MiB in ${ours.seconds.toFixed(1)} s, the library alone ${theirs.seconds.toFixed(1)} s:` +
        ` ${(ours.seconds / theirs.seconds).toFixed(2)} ×; processor ${ours.processor.toFixed(1)} s, ${theirs.processor.toFixed(1)} s;` +
        ` ${ours.above} MiB above idle, the library alone ${theirs.above} MiB`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

interface Measured {
  readonly milliseconds: number;
  readonly processorSeconds: number;
  /** Bytes. */
  readonly aboveIdle: number;
}

async function writeFile(length: number): Promise<{ path: string; digest: string; mebibytes: number }> {
  const path = join(folder, `${length}.bin`);
  const document = largeDocument(length * MEBIBYTE);
  await pipeline(document.open(), createWriteStream(path));
  return { path, digest: await sha256(document), mebibytes: length };
}

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { createTransport } from 'nodemailer';
import ssh2, { type SFTPWrapper } from 'ssh2';
import { printMeasured } from '../storage-types-memory.ts';

/**
 * The least that sends a large file to a storage, or reads one there and throws it away: the vendor's
 * library, or the platform's fetch, and nothing else. As a process of its own; run by bench/storage-types.ts.
 */
const [, , type = '', port = '', file = ''] = process.argv;
const origin = `http://127.0.0.1:${port}`;
const key = Buffer.alloc(64, 7).toString('base64');
const { size } = await stat(file);
const open = (highWaterMark: number) => createReadStream(file, { highWaterMark });

const azureBlob = () =>
  new BlobServiceClient(`${origin}/acme`, new StorageSharedKeyCredential('acme', key))
    .getContainerClient('docs')
    .getBlockBlobClient('large.bin');
const place = { Bucket: 'docs', Key: 'large.bin' };
const s3Client = () =>
  new S3Client({
    endpoint: origin,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'AKIABENCH', secretAccessKey: key },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
const drain = async (bytes: AsyncIterable<Uint8Array>) => {
  for await (const _ of bytes);
};

const WORK: Readonly<Record<string, () => Promise<() => Promise<unknown>>>> = {
  async azure() {
    const blob = azureBlob();
    return () => blob.uploadStream(open(4 * 1024 * 1024), 4 * 1024 * 1024, 4);
  },
  async 'azure-source'() {
    const blob = azureBlob();
    return async () => drain((await blob.download()).readableStreamBody as Readable);
  },
  async s3() {
    const client = s3Client();
    return async () => {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(place));
      const Parts: { ETag: string | undefined; PartNumber: number }[] = [];
      for await (const Body of open(8 * 1024 * 1024)) {
        const PartNumber = Parts.length + 1;
        Parts.push({ PartNumber, ETag: (await client.send(new UploadPartCommand({ ...place, UploadId, PartNumber, Body }))).ETag });
      }
      await client.send(new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts } }));
    };
  },
  async 's3-source'() {
    const client = s3Client();
    return async () => drain((await client.send(new GetObjectCommand(place))).Body as Readable);
  },
  async http() {
    return async () => {
      const body = Readable.toWeb(open(1024 * 1024)) as ReadableStream;
      const request = { method: 'PUT', headers: { 'content-length': String(size) }, body, duplex: 'half' } as RequestInit;
      const response = await fetch(`${origin}/files/large.bin`, request);
      await response.arrayBuffer();
    };
  },
  async 'http-source'() {
    return async () => drain((await fetch(`${origin}/files/large.bin`)).body as unknown as AsyncIterable<Uint8Array>);
  },
  async sftp() {
    const sftp = await sftpClient();
    return () => pipeline(open(64 * 1024), sftp.createWriteStream('large.bin'));
  },
  async 'sftp-source'() {
    const sftp = await sftpClient();
    return () => drain(sftp.createReadStream('large.bin'));
  },
  async email() {
    const transport = createTransport({ host: '127.0.0.1', port: Number(port), secure: false, ignoreTLS: true });
    const attachments = [{ filename: 'large.bin', content: open(64 * 1024) }];
    return () => transport.sendMail({ from: 'ada@example.com', to: 'bob@example.org', subject: 'One', text: 'One', attachments });
  },
};

async function sftpClient(): Promise<SFTPWrapper> {
  const client = new ssh2.Client();
  const ready = Promise.withResolvers<void>();
  client.once('ready', ready.resolve).once('error', ready.reject);
  client.connect({ host: '127.0.0.1', port: Number(port), username: 'ada', password: 'bench' });
  await ready.promise;
  // As the egress does: else each write waits for the answer to the last.
  client.setNoDelay(true);
  return new Promise((done, failed) => client.sftp((error, opened) => (error ? failed(error) : done(opened))));
}

const work = await WORK[type.replace('bucket-read', 's3-source').replace('bucket', 's3')]?.();
if (work === undefined) throw new Error(`There is no floor for ${type}.`);
await printMeasured(work);
process.exit(0);

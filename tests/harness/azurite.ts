import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { BlobServiceClient } from '@azure/storage-blob';
import { eventually } from './eventually.ts';
import { freePort } from './ports.ts';

/** It loads 30 MB of code, on a machine that may have others to serve. */
const START_MILLISECONDS = 60_000;
const PROGRAM = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js');

export interface PublishedBlob {
  name: string;
  contentType: string;
  size: number;
  etag: string;
}

/** A local Azure Blob service with an account and a key of its own, so that its key is a unique value. */
export interface Azurite extends AsyncDisposable {
  port: number;
  account: string;
  accountKey: string;
  connectionString: string;
  /** `http://127.0.0.1:port`. */
  destination: string;
  client: BlobServiceClient;
  listBlobs(container: string): Promise<PublishedBlob[]>;
  readBlob(container: string, name: string): Promise<Buffer>;
  /** Ends the process with SIGKILL; what it kept in memory is gone. */
  stop(): Promise<void>;
}

export interface AzuriteOptions {
  port?: number;
  account?: string;
  accountKey?: string;
  /** Keeps blobs in this folder; without it they are in memory only. */
  folder?: string;
}

export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const port = options.port ?? (await freePort());
  const account = options.account ?? `store${randomBytes(5).toString('hex')}`;
  const accountKey = options.accountKey ?? randomBytes(64).toString('base64');
  const storage = options.folder ? ['--location', options.folder] : ['--inMemoryPersistence'];
  const child = spawn(
    process.execPath,
    [PROGRAM, '--blobHost', '127.0.0.1', '--blobPort', String(port), '--disableTelemetry', '--skipApiVersionCheck', '--silent', ...storage],
    {
      env: { PATH: process.env.PATH, HOME: tmpdir(), AZURITE_ACCOUNTS: `${account}:${accountKey}` },
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: tmpdir(),
    },
  );
  const output = collect(child);
  const endpoint = `http://127.0.0.1:${port}/${account}`;
  const connectionString = `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${accountKey};BlobEndpoint=${endpoint};`;
  const client = BlobServiceClient.fromConnectionString(connectionString, { retryOptions: { maxTries: 1 } });
  const stop = () => end(child);
  try {
    await eventually(
      'the Azure Blob emulator to answer',
      async () => {
        if (child.exitCode !== null) throw new Error(`It ended with code ${child.exitCode}: ${output()}`);
        return (await client.getProperties()) && true;
      },
      { withinMilliseconds: START_MILLISECONDS },
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    account,
    accountKey,
    connectionString,
    destination: `http://127.0.0.1:${port}`,
    client,
    async listBlobs(container) {
      const blobs: PublishedBlob[] = [];
      for await (const blob of client.getContainerClient(container).listBlobsFlat()) {
        const { contentType = '', contentLength = 0, etag } = blob.properties;
        blobs.push({ name: blob.name, contentType, size: contentLength, etag });
      }
      return blobs.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    readBlob: (container, name) => client.getContainerClient(container).getBlobClient(name).downloadToBuffer(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function collect(child: ChildProcess): () => string {
  let text = '';
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-10_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => text;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

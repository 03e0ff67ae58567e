import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { BlobServiceClient, newPipeline, type RequestPolicyFactory, StorageSharedKeyCredential } from '@azure/storage-blob';
import { eventually } from './eventually.ts';
import { freePort } from './ports.ts';

/** It loads 30 MB of code, on a machine that may have others to serve. */
const START_MILLISECONDS = 60_000;
const PROGRAM = fileURLToPath(new URL('azurite-program.mjs', import.meta.url));

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
  /** Ends the process with SIGKILL, unless others use it, too; what it kept in memory is gone. */
  stop(): Promise<void>;
}

/** One process for many tests: whoever starts them gives each file accounts of its own in this variable. */
const SHARED = 'HOLDFAST_TEST_AZURITE';
const ACCOUNTS_OF_A_FILE = 2;
/**
 * Each request has a connection of its own: the emulator ends a kept one after 5 s, maybe as it is used. The
 * client's option for that takes Node's global agent, which keeps connections unless a request says so.
 */
const CLOSES: RequestPolicyFactory = {
  create: (next) => ({
    sendRequest(request) {
      request.headers.set('connection', 'close');
      return next.sendRequest(request);
    },
  }),
};

/** A client that tries once. */
export function blobClient(port: number, { account, accountKey }: Shared['accounts'][number]): BlobServiceClient {
  const pipeline = newPipeline(new StorageSharedKeyCredential(account, accountKey), {
    retryOptions: { maxTries: 1 },
    keepAliveOptions: { enable: false },
  });
  pipeline.factories.unshift(CLOSES);
  return new BlobServiceClient(`http://127.0.0.1:${port}/${account}`, pipeline);
}

interface Shared {
  readonly port: number;
  /** Not taken yet. */
  readonly accounts: { readonly account: string; readonly accountKey: string }[];
}

const shared: Shared | undefined = process.env[SHARED] === undefined ? undefined : (JSON.parse(process.env[SHARED]) as Shared);

export interface AzuriteOptions {
  port?: number;
  account?: string;
  accountKey?: string;
  /** Keeps blobs in this folder; without it they are in memory only. */
  folder?: string;
}

/**
 * A process of its own, or an account of the one that is shared when nothing is asked for that it cannot
 * give.
 */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const given = Object.keys(options).length === 0 ? shared?.accounts.shift() : undefined;
  if (shared !== undefined && given !== undefined) return azuriteAt(shared.port, given, async () => {});
  const port = options.port ?? (await freePort());
  const account = { account: options.account ?? newAccount(), accountKey: options.accountKey ?? newKey() };
  const stop = await startProcess(port, [account], options.folder);
  return azuriteAt(port, account, stop);
}

/** For so many test files. `variables` are those of the next ones, of so many. */
export async function startSharedAzurite(
  files: number,
): Promise<{ variables(files: number): Record<string, string>; stop(): Promise<void> }> {
  const port = await freePort();
  const accounts = Array.from({ length: files * ACCOUNTS_OF_A_FILE }, () => ({ account: newAccount(), accountKey: newKey() }));
  const stop = await startProcess(port, accounts);
  return {
    variables: (next) => ({ [SHARED]: JSON.stringify({ port, accounts: accounts.splice(0, next * ACCOUNTS_OF_A_FILE) } satisfies Shared) }),
    stop,
  };
}

const newAccount = () => `store${randomBytes(5).toString('hex')}`;
const newKey = () => randomBytes(64).toString('base64');

async function startProcess(port: number, accounts: Shared['accounts'], folder?: string): Promise<() => Promise<void>> {
  const [first] = accounts;
  if (first === undefined) throw new Error('There is no account.');
  const storage = folder ? ['--location', folder] : ['--inMemoryPersistence'];
  const child = spawn(
    process.execPath,
    [PROGRAM, '--blobHost', '127.0.0.1', '--blobPort', String(port), '--disableTelemetry', '--skipApiVersionCheck', '--silent', ...storage],
    {
      env: {
        PATH: process.env.PATH,
        HOME: tmpdir(),
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        AZURITE_ACCOUNTS: accounts.map(({ account, accountKey }) => `${account}:${accountKey}`).join(';'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: tmpdir(),
    },
  );
  const output = collect(child);
  const stop = () => end(child);
  const client = blobClient(port, first);
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
  return stop;
}

function connectionStringOf(port: number, { account, accountKey }: Shared['accounts'][number]): string {
  return `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${accountKey};BlobEndpoint=http://127.0.0.1:${port}/${account};`;
}

function azuriteAt(port: number, of: Shared['accounts'][number], stop: () => Promise<void>): Azurite {
  const connectionString = connectionStringOf(port, of);
  const client = blobClient(port, of);
  return {
    port,
    ...of,
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

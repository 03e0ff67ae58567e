import type { Options } from '@holdfast/connector';

/** Valid options of a type, for a service that listens on a port of 127.0.0.1. */
export interface Example {
  readonly options: Options;
  /** What may be shown nowhere: the secret parts of the options, as they are in them. */
  readonly secrets: readonly string[];
}

const AZURE_KEY = Buffer.from('a key of an account that nobody has, 64 bytes long, for examples').toString('base64');

const TOKEN = 'a-token-of-nobody-9f2c47d1b8';
const bearer = { authentication: 'bearer', credential: TOKEN };

const S3_SECRET = 'a/secret+access/key/that/nobody/has+4d01';
const s3At = (port: number) => ({
  endpoint: `http://127.0.0.1:${port}`,
  bucket: 'docs',
  accessKeyId: 'AKIAOFNOBODY',
  secretAccessKey: S3_SECRET,
});

const sftpAt = (port: number) => ({
  host: '127.0.0.1',
  port,
  hostKey: `SHA256:${'A'.repeat(43)}`,
  user: 'nobody',
  password: TOKEN,
});

/** How the example of a type goes over TLS; `none` has none: SSH knows a server by its host key. */
export type OverTls = 'https' | 'postgres' | 'smtps' | 'none';

/** Others speak HTTP. The examples of those are in clear, so that a plain server can answer them. */
const NOT_HTTP: Readonly<Record<string, OverTls>> = {
  'postgres-source': 'postgres',
  'postgres-publisher': 'postgres',
  'sftp-source': 'none',
  'sftp-publisher': 'none',
  'email-publisher': 'smtps',
};

export const overTls = (type: string): OverTls => NOT_HTTP[type] ?? 'https';

/** The example with `https` in place of `http`. */
export function withHttps({ options, secrets }: Example): Example {
  const secured = Object.entries(options).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replace('http://', 'https://') : value,
  ]);
  return { options: Object.fromEntries(secured), secrets };
}

/** One line for each type; `tests/connectors/contract.test.ts` asks for it. */
export const EXAMPLES: Readonly<Record<string, (port: number) => Example>> = {
  'azure-blob-publisher': (port) => ({
    options: {
      connectionString: `AccountName=acme;AccountKey=${AZURE_KEY};BlobEndpoint=http://127.0.0.1:${port}/acme;`,
      container: 'docs',
    },
    secrets: [AZURE_KEY],
  }),
  'azure-blob-source': (port) => ({
    options: {
      connectionString: `AccountName=acme;AccountKey=${AZURE_KEY};BlobEndpoint=http://127.0.0.1:${port}/acme;`,
      container: 'docs',
    },
    secrets: [AZURE_KEY],
  }),
  'http-source': (port) => ({ options: { url: `http://127.0.0.1:${port}/list.json`, ...bearer }, secrets: [TOKEN] }),
  'http-model': (port) => ({ options: { url: `http://127.0.0.1:${port}/infer`, ...bearer }, secrets: [TOKEN] }),
  'anthropic-model': (port) => ({
    options: { apiKey: TOKEN, baseUrl: `http://127.0.0.1:${port}`, model: 'reader-1', task: 'summarize' },
    secrets: [TOKEN],
  }),
  'openai-model': (port) => ({
    options: { apiKey: TOKEN, baseUrl: `http://127.0.0.1:${port}/v1`, model: 'reader-1', task: 'summarize' },
    secrets: [TOKEN],
  }),
  'http-publisher': (port) => ({ options: { baseUrl: `http://127.0.0.1:${port}/files`, ...bearer }, secrets: [TOKEN] }),
  'postgres-source': (port) => ({
    options: {
      connectionString: `postgres://nobody:${TOKEN}@127.0.0.1:${port}/documents?sslmode=require`,
      query: 'select number, total from invoice',
      keyColumn: 'number',
    },
    secrets: [TOKEN],
  }),
  'postgres-publisher': (port) => ({
    options: {
      connectionString: `postgres://nobody:${TOKEN}@127.0.0.1:${port}/documents?sslmode=require`,
      table: 'public.invoices',
      columns: 'number = /number; file = $name',
      keyColumns: 'number',
    },
    secrets: [TOKEN],
  }),
  's3-source': (port) => ({ options: s3At(port), secrets: [S3_SECRET] }),
  's3-publisher': (port) => ({ options: s3At(port), secrets: [S3_SECRET] }),
  'sftp-source': (port) => ({ options: sftpAt(port), secrets: [TOKEN] }),
  'sftp-publisher': (port) => ({ options: sftpAt(port), secrets: [TOKEN] }),
  'email-publisher': (port) => ({
    options: { host: '127.0.0.1', port, user: 'nobody', password: TOKEN, from: 'nobody@example.com', to: 'ada@example.org' },
    secrets: [TOKEN],
  }),
  'webhook-publisher': (port) => ({ options: { url: `http://127.0.0.1:${port}/hooks/${TOKEN}` }, secrets: [TOKEN] }),
};

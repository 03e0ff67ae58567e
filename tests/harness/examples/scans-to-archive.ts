import { startAzurite } from '../azurite.ts';
import { SERVICE_CA } from '../http-service.ts';
import { s3Service } from '../s3-service.ts';
import { documentsOf, type ExampleServices, type Kept } from './services.ts';

const CONTAINER = 'scans';
const BUCKET = 'scan-archive';

/** An emulator of Azure Blob Storage with documents, and a service that speaks S3. */
export async function start(kept: Kept): Promise<ExampleServices> {
  await using started = new AsyncDisposableStack();
  const port = await kept.port('inbox');
  const accountKey = Buffer.from((await kept.credential('inbox key')).repeat(2)).toString('base64');
  const azurite = started.use(await startAzurite({ account: 'inbox', accountKey, ...(port !== 0 && { port }) }));
  const container = azurite.client.getContainerClient(CONTAINER);
  await container.createIfNotExists();
  for (const { name, bytes } of await documentsOf({ name: 'scans-to-archive' })) {
    const blobContentType = name.endsWith('.pdf') ? 'application/pdf' : 'text/csv';
    await container.getBlockBlobClient(name).uploadData(bytes, { blobHTTPHeaders: { blobContentType } });
  }
  const accessKeyId = `AKIA${(await kept.credential('archive key id'))
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .toUpperCase()
    .slice(0, 16)}`;
  const secretAccessKey = await kept.credential('archive secret key');
  const s3 = started.use(await s3Service({ port: await kept.port('archive'), accessKeyId, secretAccessKey }));
  s3.createBucket(BUCKET);
  const running = started.move();
  return {
    values: {
      INBOX_CONTAINER: azurite.connectionString,
      ARCHIVE_ACCESS_KEY_ID: s3.accessKeyId,
      ARCHIVE_SECRET_ACCESS_KEY: s3.secretAccessKey,
    },
    options: { archive: { endpoint: s3.origin, region: s3.region } },
    reaches: [`127.0.0.1:${azurite.port}`, new URL(s3.origin).host],
    certificates: SERVICE_CA,
    says: [
      `${azurite.destination} is Azurite, the emulator of Azure Blob Storage, with scans in it.`,
      `${s3.origin} speaks S3 over TLS with a certificate of its own, and keeps what it is given in memory (fauxqs, behind a check of signatures).`,
    ],
    async published() {
      const keys = await s3.keysOf(BUCKET);
      return Promise.all(keys.map(async (name) => ({ name, bytes: (await s3.read(BUCKET, name)).bytes })));
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';

/**
 * The least that publishes a folder: the vendor's SDK reads each file and sends it, four at a time, into a
 * container that it makes. As a process of its own; prints the milliseconds that it took. Run with a
 * connection string, a folder and a container's name.
 */
const [, , connectionString = '', folder = '', container = ''] = process.argv;
const AT_ONCE = 4;

const client = BlobServiceClient.fromConnectionString(connectionString).getContainerClient(container);
const began = performance.now();
await client.createIfNotExists();
const names = (await readdir(folder)).sort();
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const bytes = await readFile(join(folder, name));
      await client.getBlockBlobClient(name).upload(bytes, bytes.length, { conditions: { ifNoneMatch: '*' } });
    }
  }),
);
console.log(performance.now() - began);

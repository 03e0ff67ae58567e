import { createReadStream } from 'node:fs';
import { BlobServiceClient } from '@azure/storage-blob';

/**
 * The least that publishes a large document: the vendor's SDK streams a file in blocks of 4 MiB, four at a
 * time. As a process of its own; prints the milliseconds that it took. Run with a connection string, a file
 * and a container's name.
 */
const [, , connectionString = '', file = '', container = ''] = process.argv;
const BLOCK_BYTES = 4 * 1024 * 1024;
const AT_ONCE = 4;

const client = BlobServiceClient.fromConnectionString(connectionString).getContainerClient(container);
const began = performance.now();
await client.createIfNotExists();
await client.getBlockBlobClient('large.bin').uploadStream(createReadStream(file, { highWaterMark: BLOCK_BYTES }), BLOCK_BYTES, AT_ONCE);
console.log(performance.now() - began);

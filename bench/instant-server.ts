import { createServer } from 'node:http';

/**
 * Stands where a blob service would and answers at once, as a process of its own: nothing is there, and
 * everything is taken. Prints its port.
 */
const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    if (request.method === 'PUT') response.writeHead(201, { etag: '"1"' }).end();
    else response.writeHead(404, { 'x-ms-error-code': 'BlobNotFound' }).end();
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' && address !== null ? address.port : '');
});
process.on('disconnect', () => process.exit(0));

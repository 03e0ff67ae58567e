import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands where Azure would, writes down what reaches it and answers as a service that never has anything. */
export interface RecordingService extends AsyncDisposable {
  readonly port: number;
  readonly requests: string[];
  /** A connection string that leads here. */
  readonly connectionString: string;
  /** Called with each request before it is answered. */
  onRequest: () => Promise<void> | void;
  /** As if the container were not there. */
  hasContainer: boolean;
}

export async function recordingService(): Promise<RecordingService> {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    request.resume();
    await service.onRequest();
    if (!service.hasContainer) response.writeHead(404, { 'x-ms-error-code': 'ContainerNotFound' }).end();
    else if (request.method === 'PUT') response.writeHead(201).end();
    else response.writeHead(404, { 'x-ms-error-code': 'BlobNotFound' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const key = Buffer.from('a key that nobody else has, 0123456789').toString('base64');
  const service: RecordingService = {
    port,
    requests,
    connectionString: `DefaultEndpointsProtocol=http;AccountName=store1;AccountKey=${key};BlobEndpoint=http://127.0.0.1:${port}/store1;`,
    onRequest: () => {},
    hasContainer: true,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return service;
}

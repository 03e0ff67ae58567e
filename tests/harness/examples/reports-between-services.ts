import { httpService, SERVICE_CA } from '../http-service.ts';
import { documentsOf, type ExampleServices, type Kept } from './services.ts';

/** Two HTTP services, each of which wants a bearer token: one has reports, one takes files. */
export async function start(kept: Kept): Promise<ExampleServices> {
  await using started = new AsyncDisposableStack();
  const reports = started.use(await httpService({ port: await kept.port('reports') }));
  const files = started.use(await httpService({ port: await kept.port('files') }));
  const tokens = { reports: await kept.credential('reports token'), files: await kept.credential('files token') };
  const documents = new Map((await documentsOf({ name: 'reports-between-services' })).map(({ name, bytes }) => [name, bytes]));
  const taken = new Map<string, Buffer>();

  reports.answer(({ path, headers }, response) => {
    if (headers.authorization !== `Bearer ${tokens.reports}`) return void response.writeHead(401).end();
    response.setHeader('content-type', 'application/json');
    if (path === '/api/reports') {
      return void response.end(JSON.stringify([...documents.keys()].map((name) => ({ name, url: `/api/reports/${name}`, version: '1' }))));
    }
    const bytes = documents.get(path.slice('/api/reports/'.length));
    if (bytes === undefined) response.writeHead(404).end();
    else response.end(bytes);
  });
  files.answer(({ method, path, headers, body }, response) => {
    if (headers.authorization !== `Bearer ${tokens.files}`) return void response.writeHead(401).end();
    if (method !== 'PUT') return void response.writeHead(method === 'HEAD' ? 200 : 405).end();
    taken.set(decodeURIComponent(path.slice('/api/files/'.length)), body);
    response.writeHead(201).end();
  });
  const running = started.move();
  return {
    values: { REPORTS_TOKEN: tokens.reports, FILES_TOKEN: tokens.files },
    options: { reports: { url: `${reports.origin}/api/reports` }, files: { baseUrl: `${files.origin}/api/files` } },
    reaches: [new URL(reports.origin).host, new URL(files.origin).host],
    certificates: SERVICE_CA,
    says: [
      `${reports.origin} is an HTTP service with three reports, written for this example, over TLS with a certificate of its own.`,
      `${files.origin} is another one, which takes files by PUT.`,
    ],
    published: async () => [...taken].map(([name, bytes]) => ({ name, bytes })),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

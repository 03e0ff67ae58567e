import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { emptyDatabase } from '@holdfast/db/testing';
import pg from 'pg';
import { AZURE_CERTIFICATE, AZURE_CERTIFICATE_KEY } from './azure-certificate.ts';

/**
 * A database of the test server, reached over TCP: what listens answers the request for TLS, ends TLS, and
 * passes all else on to PostgreSQL's own socket.
 */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  readonly database: string;
  /** The superuser's. */
  readonly client: pg.Client;
  /** `postgres://user:password@127.0.0.1:port/database`, of a role that this makes, with a password. */
  role(
    grants?: readonly string[],
    login?: { readonly name: string; readonly password: string },
  ): Promise<{ readonly name: string; readonly password: string; readonly url: string }>;
  /** How connections are treated from now on. */
  behaviour: 'tls' | 'no-tls' | 'silent' | 'closes';
  /** Of each connection: whether it went over TLS. */
  readonly connections: boolean[];
  /** Cuts the connections that are open. */
  cut(): void;
}

const SSL_REQUEST = Buffer.of(0, 0, 0, 8, 4, 210, 22, 47);

export async function postgresServer({ port: wanted = 0 }: { port?: number } = {}): Promise<PostgresServer> {
  const empty = await emptyDatabase();
  const url = new URL(empty.superuserUrl.replace('@/', '@socket/'));
  const folder = url.searchParams.get('host') ?? '';
  const client = new pg.Client({
    host: folder,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1),
  });
  client.on('error', () => {});
  await client.connect();
  const open = new Set<Socket>();
  const roles: string[] = [];

  const listener = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => {});
    if (server.behaviour === 'closes') socket.destroy();
    if (server.behaviour === 'tls' || server.behaviour === 'no-tls') socket.once('data', (first: Buffer) => begin(socket, first));
  });
  const begin = (socket: Socket, first: Buffer) => {
    const wantsTls = first.equals(SSL_REQUEST);
    if (wantsTls && server.behaviour === 'no-tls') {
      socket.once('data', (next: Buffer) => begin(socket, next));
      socket.write('N');
      return;
    }
    let front = socket;
    if (wantsTls) {
      socket.pause();
      socket.write('S');
      front = new TLSSocket(socket, { isServer: true, key: AZURE_CERTIFICATE_KEY, cert: AZURE_CERTIFICATE });
      front.on('error', () => {});
    }
    server.connections.push(wantsTls);
    const back = connect(`${folder}/.s.PGSQL.5432`);
    back.on('error', () => front.destroy());
    back.on('close', () => front.destroy());
    front.on('close', () => back.destroy());
    if (!wantsTls) back.write(first);
    front.pipe(back);
    back.pipe(front);
  };
  listener.listen(wanted, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as { port: number };

  const server: PostgresServer = {
    port,
    database: url.pathname.slice(1),
    client,
    behaviour: 'tls',
    connections: [],
    async role(grants = [], login) {
      const name = login?.name ?? `role_${randomBytes(6).toString('hex')}`;
      const password = login?.password ?? `canary ${randomBytes(9).toString('base64')}`;
      await client.query(`create role ${name} login password '${password}'`);
      for (const grant of grants) await client.query(`grant ${grant} to ${name}`);
      roles.push(name);
      return { name, password, url: `postgres://${name}:${encodeURIComponent(password)}@127.0.0.1:${port}/${server.database}` };
    },
    cut() {
      for (const socket of open) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      server.cut();
      listener.close();
      for (const role of roles) await client.query(`drop owned by ${role}; drop role ${role}`);
      await client.end();
      await empty[Symbol.asyncDispose]();
    },
  };
  return server;
}

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { TLSSocket } from 'node:tls';
import { ConnectorError } from '@holdfast/connector';
import { AZURE_CERTIFICATE, AZURE_CERTIFICATE_KEY } from '../../tests/harness/azure-certificate.ts';
import { testContext } from '../../tests/harness/connector-context.ts';
import { watchDials } from '../../tests/harness/dials.ts';

interface Served extends AsyncDisposable {
  readonly port: number;
  readonly connections: number;
}

async function serve(handle: (socket: Socket) => void): Promise<Served> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    handle(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Without a listener for its error, which `once` of node:events would be. */
const closing = (socket: Socket) => new Promise((closed) => socket.once('close', closed));

const overTls = (socket: Socket) => new TLSSocket(socket, { isServer: true, cert: AZURE_CERTIFICATE, key: AZURE_CERTIFICATE_KEY });

/** Says hello over TLS, after `STARTTLS` in clear when that is asked for. */
function greet(socket: Socket, extra = ''): void {
  socket.once('data', (bytes) => {
    if (bytes.toString() !== 'STARTTLS\n') return;
    socket.write(`go${extra}`);
    overTls(socket)
      .on('error', () => {})
      .end('hello');
  });
}

function refusedAs(code: string, message = /./) {
  return (error: unknown) => error instanceof ConnectorError && error.code === code && message.test(error.message);
}

describe('a socket', () => {
  it('goes to a host and port of the use, whatever is spoken there', async () => {
    await using server = await serve((socket) => void socket.end('hello'));
    for (const scheme of ['postgres', 'sftp', 'smtp', 'x-own']) {
      await using context = testContext({ destinations: [`${scheme}://127.0.0.1:${server.port}`] });
      assert.equal(await text(await context.connect({ host: '127.0.0.1', port: server.port })), 'hello');
    }
  });

  it('goes nowhere else, and not to what fetch is for', async () => {
    await using server = await serve((socket) => void socket.end('hello'));
    await using context = testContext({
      destinations: [`postgres://localhost:${server.port}`, `https://127.0.0.1:${server.port}`, `smtps://[::1]:${server.port}`],
    });
    for (const target of [
      { host: '127.0.0.1', port: server.port },
      { host: 'localhost', port: server.port + 1 },
      { host: 'localhost.', port: server.port },
      { host: '', port: server.port },
      { host: `localhost:${server.port}@127.0.0.1`, port: server.port },
      { host: '127.0.0.1', port: server.port, tls: {} },
      { host: 'elsewhere.example', port: 5432, tls: {} },
      // In clear, where TLS is what the scheme says.
      { host: '::1', port: server.port },
    ]) {
      await assert.rejects(context.connect(target), refusedAs('destination_refused'), JSON.stringify(target));
    }
    assert.equal(server.connections, 0);
  });

  it('leads to an address that was vetted', async () => {
    await using server = await serve((socket) => void socket.end('hello'));
    const destinations = [`postgres://db.example:${server.port}`];
    const target = { host: 'db.example', port: server.port };
    await using refusing = testContext({ destinations, allow: '', egress: { resolve: async () => ['93.184.216.34', '127.0.0.1'] } });
    await assert.rejects(refusing.connect(target), refusedAs('address_refused'));
    assert.equal(server.connections, 0);
    let asked = 0;
    const resolve = async () => (++asked === 1 ? ['127.0.0.1'] : ['169.254.169.254']);
    await using context = testContext({ destinations, egress: { resolve } });
    assert.equal(await text(await context.connect(target)), 'hello');
    assert.equal(asked, 1);
  });

  it('dials nothing when a client calls connect on it, and says that it is connected', async () => {
    await using server = await serve((socket) => void socket.end('hello'));
    await using elsewhere = await serve((socket) => void socket.end('elsewhere'));
    await using context = testContext({ destinations: [`postgres://127.0.0.1:${server.port}`] });
    const socket = await context.connect({ host: '127.0.0.1', port: server.port });
    const connected = once(socket, 'connect');
    using watched = watchDials();
    socket.connect(elsewhere.port, '127.0.0.1');
    await connected;
    assert.deepEqual(watched.dials, []);
    assert.equal(await text(socket), 'hello');
    assert.equal(elsewhere.connections, 0);
  });

  it('says that nothing answers', async () => {
    await using context = testContext({ destinations: ['sftp://127.0.0.1:9'] });
    await assert.rejects(context.connect({ host: '127.0.0.1', port: 9 }), (error: ConnectorError) => {
      return refusedAs('upstream_unreachable', /^Nothing answers at 127\.0\.0\.1:9 \(ECONNREFUSED\)\.$/)(error) && error.retryable;
    });
  });

  it('ends with the use and with the work, and its error harms nobody who does not listen', async () => {
    await using server = await serve(() => {});
    const work = new AbortController();
    const destinations = [`postgres://127.0.0.1:${server.port}`];
    const context = testContext({ destinations, signal: work.signal });
    const target = { host: '127.0.0.1', port: server.port };
    const one = await context.connect(target);
    work.abort(new Error('stopped'));
    await closing(one);
    await assert.rejects(context.connect(target), /stopped/);
    const again = testContext({ destinations });
    const two = await again.connect(target);
    const closed = closing(two);
    await again[Symbol.asyncDispose]();
    await closed;
  });

  it('that does not take what is sent is ended', async () => {
    await using server = await serve((socket) => void socket.pause());
    await using context = testContext({ destinations: [`sftp://127.0.0.1:${server.port}`], egress: { slowSeconds: 3 } });
    const socket = await context.connect({ host: '127.0.0.1', port: server.port });
    socket.write(new Uint8Array(64 * 1024 * 1024));
    const [error] = await once(socket, 'error');
    assert.match(String(error), /transferred less than 1024 bytes a second for 3 seconds/);
  });

  it('is ended when a piece of work on it has taken its time, however little at a time it is kept', async () => {
    await using server = await serve((socket) => {
      const timer = setInterval(() => socket.write('x'), 100);
      socket.on('close', () => clearInterval(timer));
    });
    const limits = { requestMilliseconds: 1_000, bytesPerSecond: 1_024 };
    await using context = testContext({ destinations: [`sftp://127.0.0.1:${server.port}`], egress: { limits } });
    const socket = await context.connect({ host: '127.0.0.1', port: server.port });
    await assert.rejects(
      context.deadlineOn(socket).during(() => text(socket)),
      (error: ConnectorError) =>
        refusedAs('upstream_unreachable', /^What was asked of 127\.0\.0\.1:\d+ took more than 1 seconds\.$/)(error) && error.retryable,
    );
    assert.throws(() => context.deadlineOn(new Socket()), TypeError);
  });

  it('may be silent for as long as a protocol is', async () => {
    await using server = await serve((socket) => {
      socket.write('hello');
      setTimeout(() => socket.end(', late'), 6_000);
    });
    await using context = testContext({ destinations: [`postgres://127.0.0.1:${server.port}`], egress: { slowSeconds: 3 } });
    assert.equal(await text(await context.connect({ host: '127.0.0.1', port: server.port })), 'hello, late');
  });
});

describe('TLS on a socket', () => {
  const host = 'acme.blob.core.windows.net';
  const secured = () =>
    serve(
      (socket) =>
        void overTls(socket)
          .on('error', () => {})
          .end('hello'),
    );

  it('from the first byte checks the certificate against the host', async () => {
    await using server = await secured();
    const destinations = [`smtps://${host}:465`, 'smtps://mail.example:465', 'smtps://127.0.0.1:465'];
    await using trusting = testContext({ destinations, ca: AZURE_CERTIFICATE, port: server.port });
    for (const named of [host, '127.0.0.1']) {
      assert.equal(await text(await trusting.connect({ host: named, port: 465, tls: {} })), 'hello', named);
    }
    await assert.rejects(
      trusting.connect({ host: 'mail.example', port: 465, tls: {} }),
      refusedAs('upstream_unreachable', /mail\.example:465 has no certificate that this server trusts \(ERR_TLS_CERT_ALTNAME_INVALID\)/),
    );
    await using wary = testContext({ destinations, port: server.port });
    await assert.rejects(wary.connect({ host, port: 465, tls: {} }), (error: ConnectorError) => {
      return refusedAs('upstream_unreachable', /no certificate that this server trusts/)(error) && !error.retryable;
    });
    assert.equal(await text(await wary.connect({ host, port: 465, tls: { ca: AZURE_CERTIFICATE } })), 'hello');
  });

  it('in the middle of a protocol does the same', async () => {
    await using server = await serve((socket) => greet(socket));
    const destinations = [`smtp://${host}:587`];
    const start = async (context: ReturnType<typeof testContext>) => {
      const socket = await context.connect({ host, port: 587 });
      socket.write('STARTTLS\n');
      assert.equal(String((await once(socket, 'data'))[0]), 'go');
      return context.startTls(socket);
    };
    await using trusting = testContext({ destinations, ca: AZURE_CERTIFICATE, port: server.port });
    assert.equal(await text(await start(trusting)), 'hello');
    await using wary = testContext({ destinations, port: server.port });
    await assert.rejects(start(wary), refusedAs('upstream_unreachable', /no certificate that this server trusts/));
  });

  it('does not begin on bytes that came in clear before it', async () => {
    await using server = await serve((socket) => greet(socket, 'injected'));
    await using context = testContext({ destinations: [`smtp://${host}:587`], ca: AZURE_CERTIFICATE, port: server.port });
    const socket = await context.connect({ host, port: 587 });
    socket.write('STARTTLS\n');
    await once(socket, 'readable');
    assert.equal(String(socket.read(2)), 'go');
    await assert.rejects(context.startTls(socket), refusedAs('upstream_refused', /sent more before TLS began/));
  });

  it('begins on sockets of the use alone', async () => {
    await using server = await secured();
    await using context = testContext({ destinations: [`smtps://${host}:465`], ca: AZURE_CERTIFICATE, port: server.port });
    const socket = await context.connect({ host, port: 465, tls: {} });
    await assert.rejects(context.startTls(socket), TypeError);
  });

  it('may end in the very moment in which it begins', async () => {
    await using server = await secured();
    for (const dispose of [true, false]) {
      const work = new AbortController();
      const context = testContext({ destinations: [`smtps://${host}:465`], ca: AZURE_CERTIFICATE, port: server.port, signal: work.signal });
      const socket = await context.connect({ host, port: 465, tls: {} });
      if (dispose) await context[Symbol.asyncDispose]();
      else work.abort(new Error('stopped'));
      await closing(socket);
    }
  });

  it('that never comes to an end is given up when the work is to stop', async () => {
    await using server = await serve(() => {});
    const work = new AbortController();
    await using context = testContext({ destinations: [`smtps://${host}:465`], port: server.port, signal: work.signal });
    setTimeout(() => work.abort(new Error('stopped')), 100);
    await assert.rejects(context.connect({ host, port: 465, tls: {} }), /stopped/);
  });
});

describe('what came over a socket and becomes a document', () => {
  it('is looked through, and named when it holds the value', async () => {
    await using context = testContext({ destinations: [], values: ['correct horse battery staple'] });
    async function* bytes(...pieces: string[]) {
      for (const piece of pieces) yield Buffer.from(piece);
    }
    const fine = context.checked(bytes('correct horse', ' battery'), 'a.csv');
    assert.equal(context.checked(fine, 'a.csv'), fine);
    assert.equal(await text(fine), 'correct horse battery');
    await assert.rejects(
      text(context.checked(bytes('id;correct hor', 'se battery staple'), 'a.csv')),
      refusedAs('document_holds_value', /^“a\.csv” holds a value/),
    );
  });
});

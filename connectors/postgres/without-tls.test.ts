import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { type ConnectorContext, ConnectorError, type Options } from '@holdfast/connector';
import { testContext, testDocument } from '../../tests/harness/connector-context.ts';
import { postgresPublisher, postgresSource } from './connectors.ts';

/** Of the networks that are kept for examples: RFC 5737. */
const OUTSIDE = '203.0.113.7';

const publisherOptions = (connectionString: string): Options => ({
  ...{ connectionString, table: 'documents', columns: 'name = $name', keyColumns: 'name', mode: 'upsert', certificateAuthority: '' },
});
const sourceOptions = (connectionString: string): Options => ({
  ...{ connectionString, query: 'select 1 as id', documents: 'set', certificateAuthority: '' },
});

type Use = (connectionString: string, context: ConnectorContext) => Promise<unknown>;
const USES: Readonly<Record<string, Use>> = {
  'a test of the publisher': (text, context) => postgresPublisher.check(publisherOptions(text), context),
  'a document': (text, context) =>
    postgresPublisher.publish(testDocument('x', Buffer.from('1'), 'text/plain'), publisherOptions(text), context),
  'a test of the source': (text, context) => postgresSource.check(sourceOptions(text), context),
};

/** What each use ends with when the server has this address, and how many bytes came to it. */
async function tried(texts: (port: number) => readonly string[], address: string | undefined) {
  const failures: ConnectorError[] = [];
  let received = 0;
  let connections = 0;
  await using listener = createServer((peer) => {
    connections += 1;
    peer.on('error', () => {});
    peer.on('data', (bytes) => {
      received += bytes.length;
      peer.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  for (const use of Object.values(USES)) {
    for (const text of texts(port)) {
      await using context = testContext({ destinations: [`postgres://127.0.0.1:${port}`], values: [text] });
      const { connect } = context;
      const elsewhere = async (target: Parameters<typeof connect>[0]) => {
        const socket = await connect(target);
        return address === undefined ? socket : Object.defineProperty(socket, 'remoteAddress', { value: address });
      };
      const there = Object.assign(Object.create(context), { connect: elsewhere, onEnd: () => {}, signal: context.signal });
      const failure = await use(text, there).then(
        () => assert.fail('Nothing answers there.'),
        (error: unknown) => error,
      );
      assert.ok(failure instanceof ConnectorError, String(failure));
      failures.push(failure);
    }
  }
  return { failures, received, connections };
}

/** With the setting; as pairs; and for a host of this machine, of which nothing has to say so. */
const inClear = (port: number) => [
  `postgres://ada:canary-word@127.0.0.1:${port}/docs?sslmode=disable`,
  `host=127.0.0.1 port=${port} user=ada password=canary-word dbname=docs sslmode=disable`,
  `postgres://ada:canary-word@127.0.0.1:${port}/docs`,
];

test('nothing is sent without TLS to a server outside of a private network, by the address that was dialled', async () => {
  const { failures, received, connections } = await tried(inClear, OUTSIDE);
  assert.equal(connections, 9);
  assert.deepEqual(new Set(failures.map(({ code }) => code)), new Set(['option_invalid']));
  for (const { message, remedy } of failures) {
    assert.match(message, /is only for a private network, and 127\.0\.0\.1:\d+ is not in one\. Nothing was sent\.$/);
    assert.match(remedy ?? '', /sslmode=verify-full/);
    assert.doesNotMatch(`${message} ${remedy}`, /canary|ada/);
  }
  assert.equal(received, 0);
});

test('to a private one, and with TLS to any, the first bytes are sent', async () => {
  const clear = await tried(inClear, undefined);
  assert.ok(clear.received > 0);
  assert.deepEqual(new Set(clear.failures.map(({ code }) => code)), new Set(['upstream_unreachable']));
  const encrypted = await tried((port) => [`postgres://ada:canary-word@127.0.0.1:${port}/docs?sslmode=require`], OUTSIDE);
  assert.equal(encrypted.received, 3 * 8, 'the request for TLS');
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { ConnectorError } from '@holdfast/connector';
import { testContext } from '../../tests/harness/connector-context.ts';
import { postgresSource } from './connectors.ts';

const MEBIBYTE = 1024 * 1024;

/** A message of the server. */
function message(type: string, body: Uint8Array | string = ''): Buffer {
  const content = Buffer.from(body as string);
  const header = Buffer.alloc(5, type);
  header.writeUInt32BE(content.length + 4, 1);
  return Buffer.concat([header, content]);
}

const SIGNED_IN = Buffer.concat([message('R', Buffer.alloc(4)), message('Z', 'I')]);
const DONE = Buffer.concat([message('C', 'DONE\0'), message('Z', 'T')]);
/** Of one column of type text. */
const COLUMNS = message('T', Buffer.from(`0001${Buffer.from('number\0').toString('hex')}000000000000000000190000000000000000`, 'hex'));
function row(text: string): Buffer {
  const lengths = Buffer.alloc(6);
  lengths.writeUInt16BE(1, 0);
  lengths.writeUInt32BE(text.length, 2);
  return message('D', Buffer.concat([lengths, Buffer.from(text)]));
}

/** Says this when somebody has begun to sign in, and lets the test answer each statement. */
async function listing(greeting: Uint8Array, answer: (socket: Socket, said: string) => void = () => {}): Promise<unknown[]> {
  const listener = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(greeting);
      socket.on('data', (said: Buffer) => answer(socket, said.toString('latin1')));
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const given = {
    connectionString: `postgres://user:password@127.0.0.1:${(listener.address() as AddressInfo).port}/db?sslmode=disable`,
    query: 'select number from invoice',
    keyColumn: 'number',
  };
  try {
    await using context = testContext({ destinations: postgresSource.destinations(given), values: [given.connectionString] });
    const all: unknown[] = [];
    for await (const each of postgresSource.list(given, context)) all.push(each);
    return all;
  } finally {
    listener.close();
  }
}

/** Each statement is done; the first fetch, which is of one row, has these rows, and those after it none. */
const answering = (rows: Buffer) => (socket: { write(bytes: Buffer): void; end(): void }, said: string) => {
  if (said.startsWith('X')) socket.end();
  else if (!said.includes('fetch')) socket.write(DONE);
  else socket.write(Buffer.concat([COLUMNS, ...(said.includes('fetch 1 ') ? [rows] : []), DONE]));
};

const refused = (expected: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ConnectorError, String((error as Error).stack));
  assert.equal(error.code, 'upstream_refused');
  assert.match(error.message, expected);
  assert.ok((error.remedy ?? '') !== '');
  return true;
};

describe('the messages of a PostgreSQL server', { concurrency: false }, () => {
  it('are read, also in pieces of one byte', async () => {
    assert.equal((await listing(SIGNED_IN, answering(row('a')))).length, 1);
    const bytewise = await listing(SIGNED_IN, (socket, said) => {
      const write = (bytes: Buffer) => {
        for (const byte of bytes) socket.write(Buffer.of(byte));
      };
      socket.setNoDelay(true);
      answering(row('a'))({ write, end: () => socket.end() }, said);
    });
    assert.equal(bytewise.length, 1);
  });

  for (const [what, bytes] of [
    ['an unknown way to sign in', message('R', Buffer.of(0, 0, 0, 99))],
    ['an error without an end', message('E')],
    ['an error whose last text has no end', message('E', 'SFATAL')],
    ['an error whose fields have no end', message('E', 'SFATAL\0')],
    ['a notice without an end', message('N', 'SNOTE\0')],
    ['a length shorter than itself', Buffer.of(0x52, 0, 0, 0, 3)],
    ['a request of a password without its end', message('R', Buffer.of(0))],
  ] as const) {
    it(`end the connection and nothing else: ${what}`, async () => {
      await assert.rejects(listing(bytes), refused(/could not be understood/));
    });
  }

  for (const [what, body] of [
    ['fewer than no columns', Buffer.of(0xff, 0xff)],
    ['a column longer than the row', Buffer.of(0, 1, 0, 0, 0, 9, 97)],
    ['a column that leads back', Buffer.of(0, 1, 0xff, 0xff, 0xff, 0xf0)],
    ['less than its columns', Buffer.of(0, 2, 0, 0, 0, 1, 97)],
  ] as const) {
    it(`end the connection and nothing else: a row of ${what}`, async () => {
      await assert.rejects(listing(SIGNED_IN, answering(message('D', body))), refused(/could not be understood/));
    });
  }

  it('end the connection when they ask for a step of signing in again: one key is derived, not one for each', async () => {
    const asking = message('R', Buffer.concat([Buffer.of(0, 0, 0, 10), Buffer.from('SCRAM-SHA-256\0\0')]));
    await assert.rejects(listing(Buffer.concat([asking, asking])), refused(/could not be understood/));
    const derived: string[] = [];
    const continuing = (socket: Socket, said: string) => {
      if (said.includes('c=biws')) derived.push(said);
      const nonce = /n=\*,r=([^,]+)$/.exec(said)?.[1];
      if (nonce === undefined) return;
      const first = message('R', Buffer.concat([Buffer.of(0, 0, 0, 11), Buffer.from(`r=${nonce}x,s=AAAA,i=4096`)]));
      socket.write(Buffer.concat(Array.from({ length: 50 }, () => first)));
    };
    await assert.rejects(listing(asking, continuing), refused(/could not be understood/));
    assert.deepEqual(derived, []);
  });

  it('are refused by their length', async () => {
    const announced = message('D');
    announced.writeUInt32BE(64 * MEBIBYTE, 1);
    await assert.rejects(listing(SIGNED_IN, answering(announced)), refused(/sent a message of more than 64 MiB/));
  });

  it('are refused when an answer has too many', async () => {
    const rows = Buffer.concat(Array.from({ length: 9 }, () => row('a'.repeat(MEBIBYTE))));
    let sent = 0;
    const flooding = (socket: Socket, said: string) => {
      if (!said.includes('fetch')) return answering(rows)(socket, said);
      socket.write(COLUMNS);
      const more = () => {
        if (sent >= 200 * MEBIBYTE) return socket.write(DONE);
        sent += rows.length;
        return socket.write(rows, more);
      };
      more();
      return undefined;
    };
    await assert.rejects(listing(SIGNED_IN, flooding), refused(/sent an answer of more than 128 MiB/));
    assert.ok(sent < 200 * MEBIBYTE);
  });
});

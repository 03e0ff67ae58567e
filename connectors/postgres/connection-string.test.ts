import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConnectorError } from '@holdfast/connector';
import { namedDestinations } from '@holdfast/envelope';
import { parseConnectionString } from './connection-string.ts';
import { postgresPublisher } from './connectors.ts';
import { parseMapping } from './mapping.ts';

describe('a connection string of PostgreSQL', () => {
  for (const [text, destination, tls] of [
    ['postgres://u:p@db.example.com/app', 'postgres://db.example.com:5432', true],
    ['postgresql://u:p%40ss%2Fw0rd%25@DB.example.com:6543/app?sslmode=require', 'postgres://db.example.com:6543', true],
    [' postgres://u:p@[2001:DB8::1]:5433/app?sslmode=disable&application_name=x ', 'postgres://[2001:db8::1]:5433', false],
    ['postgres://u:p@localhost/app', 'postgres://localhost:5432', false],
    ['postgres://u:p@127.0.0.1.example.com/app', 'postgres://127.0.0.1.example.com:5432', true],
    ['postgres://u:pa@ss@db.example.com/app', 'postgres://db.example.com:5432', true],
  ] as const) {
    it(`${text} is sent to ${destination}, ${tls ? 'over TLS' : 'without TLS'}`, () => {
      const server = parseConnectionString(text);
      assert.deepEqual([server.destination, server.tls], [destination, tls]);
      // What sealing approves is what is dialled.
      assert.deepEqual(namedDestinations(text), [destination]);
    });
  }

  it('may be made of key=value pairs, whose destination somebody approves', () => {
    const text = "host = DB.example.com port=6543 user='a p' password='it\\'s \\\\ @/ü' dbname=app sslmode=require application_name=x";
    const server = parseConnectionString(text);
    assert.deepEqual(
      [server.host, server.port, server.user, server.password, server.database, server.tls, server.destination],
      ['db.example.com', 6543, 'a p', "it's \\ @/ü", 'app', true, 'postgres://db.example.com:6543'],
    );
    assert.ok(server.secretParts.includes("it's \\ @/ü"));
    assert.deepEqual(namedDestinations(text), []);
    assert.equal(parseConnectionString('host=::1 user=a password=b dbname=c sslmode=disable').destination, 'postgres://[::1]:5432');
  });

  for (const [what, text, message] of [
    [
      'of pairs with another way to a host',
      'host=db.example.com hostaddr=203.0.113.1 user=a password=canary dbname=a',
      /setting that is not known/,
    ],
    ['of pairs with the file of a service', 'service=canary', /setting that is not known/],
    ['of pairs that name a socket', 'host=/var/run/canary user=a password=b dbname=a', /host that is not one/],
    ['of pairs without a password', 'host=db.example.com user=canary dbname=a', /has no password/],
    ['of pairs with a quote that does not end', "host=db.example.com user=a password='canary dbname=a", /no key=value/],
    ['of pairs that name one twice', 'host=db.example.com host=canary user=a password=b dbname=a', /twice/],
    ['of another database', 'mysql://app:canary@db.example.com/app', /does not begin with postgres/],
    ['without a password', 'postgres://canary@db.example.com/app', /has no password/],
    ['without a database', 'postgres://app:canary@db.example.com', /names no database/],
    ['with several hosts', 'postgres://app:canary@a.example.com,b.example.com/app', /several hosts/],
    ['with another host after the ?', 'postgres://app:canary@db.example.com/app?host=evil.example.com', /setting after the \?/],
    ['with a host in place of the one in front', 'postgres://app:canary@db.example.com/app?hostaddr=203.0.113.1', /setting after the \?/],
    ['that may send in clear', 'postgres://app:canary@db.example.com/app?sslmode=prefer', /sslmode/],
    ['with a # in its password', 'postgres://app:canary#x@db.example.com/app', /is not a URL|has a #/],
    ['with a % that begins no code', 'postgres://app:canary%zz@db.example.com/app', /%/],
  ] as const) {
    it(`${what} is refused, without a word of it`, () => {
      assert.throws(
        () => postgresPublisher.destinations({ connectionString: text, table: 'a', columns: 'a=/a', keyColumns: 'a' }),
        (error) => {
          assert.ok(error instanceof ConnectorError);
          assert.equal(error.code, 'option_invalid');
          assert.match(error.message, message);
          assert.doesNotMatch(`${error.message} ${error.remedy}`, /canary|example\.com|evil/);
          return true;
        },
      );
    });
  }
});

describe('the columns of a publisher', () => {
  it('are read from lines, semicolons and JSON alike', () => {
    const expected = [
      { name: 'a b', origin: { kind: 'pointer', path: ['x/y', '0', '~'] } },
      { name: 'c', origin: { kind: 'built-in', name: 'name' } },
      { name: 'd', origin: { kind: 'pointer', path: [] } },
    ];
    assert.deepEqual(parseMapping('a b = /x~1y/0/~0; c=$name ;d ='), expected);
    assert.deepEqual(parseMapping('a b = /x~1y/0/~0\r\nc=$name\nd ='), expected);
    assert.deepEqual(parseMapping('{"a b": "/x~1y/0/~0", "c": "$name", "d": ""}'), expected);
  });

  for (const [text, message] of [
    ['a', /without =/],
    ['a = b', /no JSON pointer for “a”/],
    ['a = /~2', /no JSON pointer/],
    ['a = $other', /unknown \$/],
    ['a = /x; a = /y', /twice/],
    [`${'ü'.repeat(32)} = /x`, /more than 63 bytes/],
    ['{"a": 1}', /other than a text/],
    [' ; ', /names no column/],
  ] as const) {
    it(`${JSON.stringify(text)} is refused`, () => {
      assert.throws(
        () => parseMapping(text),
        (error) => error instanceof ConnectorError && message.test(error.message),
      );
    });
  }
});

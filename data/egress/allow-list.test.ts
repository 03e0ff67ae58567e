import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseAllowList } from '../testing/allow-list.ts';

describe('the allow list of the operator', () => {
  it('is empty by default', () => assert.equal(parseAllowList('').allows('127.0.0.1', 10000, '127.0.0.1'), false));

  it('allows a host and port, and no other port', () => {
    const list = parseAllowList('127.0.0.1:10000, Storage.internal:443');
    assert.equal(list.allows('127.0.0.1', 10000, '127.0.0.1'), true);
    assert.equal(list.allows('127.0.0.1', 10001, '127.0.0.1'), false);
    assert.equal(list.allows('storage.internal', 443, '10.0.0.9'), true);
    assert.equal(list.allows('other.internal', 443, '10.0.0.9'), false);
  });

  it('does not take another name for an allowed one that has the same address', () => {
    assert.equal(parseAllowList('storage.internal:443').allows('evil.example', 443, '10.0.0.9'), false);
  });

  it('allows a network, on every port, whatever the name', () => {
    const list = parseAllowList('10.1.0.0/16,fd12::/16');
    assert.equal(list.allows('a.example', 5432, '10.1.2.3'), true);
    assert.equal(list.allows('a.example', 5432, '10.2.0.1'), false);
    assert.equal(list.allows('a.example', 5432, '::ffff:10.1.2.3'), true);
    assert.equal(list.allows('a.example', 5432, 'fd12::5'), true);
  });

  it('allows one organization alone what is given to it, by its short name or its id', () => {
    const id = '0199aaaa-0000-7000-8000-000000000001';
    const list = parseAllowList(`10.1.0.0/16, acme=10.2.0.0/16, acme=db.internal:5432, ${id}=10.3.0.0/16`);
    const of = (organization: { id: string; slug: string | undefined }) =>
      ['10.1.0.1', '10.2.0.1', '10.3.0.1'].filter((address) => list.of(organization).allows('a.example', 443, address));
    const other = '0199aaaa-0000-7000-8000-000000000002';
    assert.deepEqual(of({ id: other, slug: 'acme' }), ['10.1.0.1', '10.2.0.1']);
    assert.deepEqual(of({ id, slug: 'other' }), ['10.1.0.1', '10.3.0.1']);
    assert.deepEqual(of({ id: other, slug: 'other' }), ['10.1.0.1']);
    assert.deepEqual(of({ id: other, slug: undefined }), ['10.1.0.1']);
    assert.deepEqual(of({ id: other, slug: id }), ['10.1.0.1'], 'A short name that looks like the id of another organization.');
    assert.equal(list.allows('a.example', 443, '10.2.0.1'), false);
    assert.equal(list.of({ id: other, slug: 'acme' }).allows('db.internal', 5432, '192.168.0.1'), true);
    assert.equal(list.of({ id: other, slug: 'other' }).allows('db.internal', 5432, '192.168.0.1'), false);
    assert.deepEqual([list.namesSlugs, parseAllowList(`${id}=10.3.0.0/16`).namesSlugs], [true, false]);
  });

  it('reads an IPv6 host in brackets', () => {
    assert.equal(parseAllowList('[::1]:10000').allows('[::1]', 10000, '::1'), true);
  });

  for (const entry of [
    'localhost',
    '127.0.0.1',
    '10.0.0.0/33',
    'http://127.0.0.1:10000',
    'host:0',
    'host:70000',
    '*:443',
    'a b:1',
    '=10.0.0.0/8',
    'No Name=10.0.0.0/8',
    'acme=',
    'a=b=10.0.0.0/8',
  ]) {
    it(`refuses to start with the entry ${entry}, and names it`, () => {
      assert.throws(
        () => parseAllowList(entry),
        (error: Error) => error.message.includes(entry),
      );
    });
  }
});

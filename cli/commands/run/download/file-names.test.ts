import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pathFor } from './file-names.ts';

const once = (name: string) => pathFor(name, new Set());

describe('where a document is written', () => {
  it('is its own name, with its folders', () => {
    assert.equal(once('2026/März/invoice 7.pdf'), '2026/März/invoice 7.pdf');
    assert.equal(once('.env'), '.env');
  });

  it('is never outside of the folder, and a name that every file system takes', () => {
    assert.equal(once('../../etc/passwd'), 'etc/passwd');
    assert.equal(once('/etc/./passwd'), 'etc/passwd');
    assert.equal(once('..\\..\\boot.ini'), 'boot.ini');
    assert.equal(once(' .. /x'), 'x');
    assert.equal(once('C:/x'), 'C_/x');
    assert.equal(once('a\u0000b\n"<c>|?*.txt'), 'a_b___c____.txt');
    assert.equal(once('invoice\u202efdp.exe'), 'invoice_fdp.exe');
    assert.equal(once('nul.txt'), '_nul.txt');
    assert.equal(once('COM1/aux'), '_COM1/_aux');
    assert.equal(once('console.txt'), 'console.txt');
    assert.equal(once('name. . '), 'name');
    for (const empty of ['', '/', '..', './.']) assert.equal(once(empty), 'document');
  });

  it('has room in a folder: what is too long keeps its end and whole characters', () => {
    const path = once(`${'ä'.repeat(300)}.pdf`);
    assert.ok(Buffer.byteLength(path) <= 200 && path.endsWith('ä.pdf'), path);
    const family = once(`${'👨‍👩‍👧'.repeat(40)}.pdf`);
    assert.ok(Buffer.byteLength(family) <= 200 && family.endsWith('👨‍👩‍👧.pdf'), family);
  });

  it('has a number when it is taken, also by a name that is written in other letters', () => {
    const taken = new Set<string>();
    assert.deepEqual(
      ['a.pdf', 'A.PDF', 'a.pdf', 'x/a.pdf', 'é', 'e\u0301', 'a (2).pdf'].map((name) => pathFor(name, taken)),
      ['a.pdf', 'A (2).PDF', 'a (3).pdf', 'x/a.pdf', 'é', 'é (2)', 'a (2) (2).pdf'],
    );
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { isToken, newAccessToken, newToken, organizationOfToken, TOKEN_KINDS, TOKEN_PATTERN } from './tokens.ts';

const ORGANIZATION = '01a20b70-6254-7d9f-9f97-180ea4165fce';
const make = (kind: (typeof TOKEN_KINDS)[number]) => (kind === 'access' ? newAccessToken(ORGANIZATION) : newToken(kind));

test('every kind of token begins with our name and its kind, and is found in a text by the pattern for scanners', () => {
  for (const kind of TOKEN_KINDS) {
    const token = make(kind);
    assert.ok(token.startsWith(`holdfast_${kind}_`));
    assert.deepEqual([...`export KEY="${token}" # ${token}.`.matchAll(TOKEN_PATTERN)].map(String), [token, token]);
  }
});

test('the guide has the pattern for scanners as it is', () => {
  const guide = readFileSync(new URL('../../docs/guides/command-line.md', import.meta.url), 'utf8');
  assert.ok(guide.split('\n').includes(TOKEN_PATTERN.source), TOKEN_PATTERN.source);
});

test('a token ends with the CRC-32 of what stands before it, in base 62', () => {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const token = newToken('setup');
  const written = [...token.slice(-6)].reduce((sum, character) => sum * 62 + alphabet.indexOf(character), 0);
  assert.equal(written, crc32(token.slice(0, -6)));
});

test('any character that is changed, left out or added makes it no token', () => {
  for (const kind of TOKEN_KINDS) {
    const token = make(kind);
    assert.ok(isToken(kind, token));
    for (let position = 0; position < token.length; position++) {
      const other = token[position] === 'A' ? 'B' : 'A';
      assert.ok(!isToken(kind, token.slice(0, position) + other + token.slice(position + 1)), `changed at ${position}`);
      assert.ok(!isToken(kind, token.slice(0, position) + token.slice(position + 1)), `left out at ${position}`);
    }
    for (const text of [`${token}A`, ` ${token}`, `${token}\n`, '', 'holdfast_', `holdfast_${kind}_`]) assert.ok(!isToken(kind, text));
  }
});

test('a token of one kind is no token of another', () => {
  for (const kind of TOKEN_KINDS) for (const other of TOKEN_KINDS) assert.equal(isToken(other, make(kind)), kind === other);
});

test('an access token says which organization it was made for; other text says none', () => {
  for (const id of [ORGANIZATION, '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff']) {
    assert.equal(organizationOfToken(newAccessToken(id)), id);
  }
  for (const text of [newToken('device'), 'hf_x', `${newAccessToken(ORGANIZATION)}x`]) assert.equal(organizationOfToken(text), undefined);
});

test('no two tokens are the same, and every character of the alphabet comes about as often', () => {
  const text = Array.from({ length: 400 }, () => newToken('device').slice('holdfast_device_'.length, -6)).join('');
  const counts = [...new Map(Object.entries(Object.groupBy([...text], String))).values()].map((found) => found?.length ?? 0);
  assert.equal(counts.length, 62);
  // 17,200 characters: 277 of each are to be expected; beyond six standard deviations something is wrong.
  for (const count of counts) assert.ok(Math.abs(count - 277) < 100, String(count));
});

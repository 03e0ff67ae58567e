import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JSON_POINTER_PATTERN, pointerSegments, valueAt } from './json-pointer.ts';

/** RFC 6901, section 5. */
const DOCUMENT = { foo: ['bar', 'baz'], '': 0, 'a/b': 1, 'c%d': 2, 'e^f': 3, 'g|h': 4, 'i\\j': 5, 'k"l': 6, ' ': 7, 'm~n': 8 };

test('a JSON Pointer names what the examples of RFC 6901 say', () => {
  for (const [pointer, named] of [
    ['', DOCUMENT],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
  ] as const) {
    assert.match(pointer, new RegExp(JSON_POINTER_PATTERN, 'u'));
    assert.deepEqual(valueAt(DOCUMENT, pointerSegments(pointer)), named, pointer);
  }
});

test('a ~ before 1 is no / when it was escaped itself', () => {
  assert.deepEqual(pointerSegments('/~01/~10'), ['~1', '/0']);
});

test('what is not there, or is there by inheritance alone, is not found', () => {
  for (const pointer of ['/none', '/foo/2', '/foo/0/0', '/toString', '/foo/map', '/foo/length', '/foo/00', '//a']) {
    assert.equal(valueAt(DOCUMENT, pointerSegments(pointer)), undefined, pointer);
  }
});

test('what is no JSON Pointer does not fit its pattern', () => {
  for (const text of ['a', 'a/b', '/~', '/~2', '/a~/b', '#/a']) assert.doesNotMatch(text, new RegExp(JSON_POINTER_PATTERN, 'u'));
});

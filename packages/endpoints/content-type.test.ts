import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentTypeOf } from './content-type.ts';

test('the end of a name says what a document is, whatever was declared', () => {
  for (const declared of [undefined, 'application/vnd.ms-excel', 'text/plain', 'application/octet-stream']) {
    assert.equal(contentTypeOf('2026/März.csv', declared), 'text/csv');
    assert.equal(contentTypeOf('SCAN.PDF', declared), 'application/pdf');
    assert.equal(contentTypeOf('a.tar.gz', declared), 'application/gzip');
    assert.equal(contentTypeOf('events.ndjson', declared), 'application/x-ndjson');
    assert.equal(contentTypeOf('deploy.yml', declared), 'application/yaml');
  }
});

test('what was declared counts for a name that does not say', () => {
  for (const name of ['README', 'txt', 'a.unheardof', 'a.', '.pdf.x y', 'constructor', 'a.constructor', 'a.__proto__', '']) {
    assert.equal(contentTypeOf(name), 'application/octet-stream', name);
    assert.equal(contentTypeOf(name, 'image/x-own'), 'image/x-own', name);
  }
});

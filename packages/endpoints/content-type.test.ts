import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentTypeOf, extensionOf } from './content-type.ts';

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

test('a type says what a name ends in, with or without parameters, in any case', () => {
  for (const [type, extension] of [
    ['application/json', 'json'],
    ['application/cloudevents+json', 'json'],
    ['application/vnd.shop.order+json; version=2', 'json'],
    ['application/soap+xml;charset=utf-8', 'xml'],
    ['application/xml', 'xml'],
    ['text/xml', 'xml'],
    ['Text/Plain; charset=utf-8', 'txt'],
    ['text/html', 'html'],
    ['text/csv', 'csv'],
    ['application/pdf', 'pdf'],
    ['application/x-www-form-urlencoded', 'txt'],
    ['image/png', 'png'],
    ['application/yaml', 'yaml'],
    ['application/octet-stream', 'bin'],
    ['application/x-unheardof', 'bin'],
    ['constructor', 'bin'],
    ['', 'bin'],
    [undefined, 'bin'],
  ] as const) {
    assert.equal(extensionOf(type), extension, type);
  }
});

test('a name with the extension of a type is of that type', () => {
  for (const type of ['application/json', 'application/xml', 'text/csv', 'application/pdf', 'image/jpeg', 'application/x-ndjson']) {
    assert.equal(contentTypeOf(`a.${extensionOf(type)}`), type);
  }
});

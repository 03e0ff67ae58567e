import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { schemaFault } from './schema-fault.ts';

const tree = { type: 'object', properties: { parts: { type: 'array', items: { $ref: '#' } }, note: { $ref: '#/$defs/note' } } };

describe('a JSON Schema of answers', () => {
  it('may refer to itself below what it is about, and have data that look like rules', () => {
    assert.equal(schemaFault({ ...tree, $defs: { note: { type: 'string', pattern: '^\\p{L}+$' } } }), undefined);
    assert.equal(schemaFault({ properties: { $ref: { type: 'string' }, not: { anyOf: [{}, { not: { type: 'null' } }] } } }), undefined);
    assert.equal(
      schemaFault({ allOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }], $defs: { a: { not: { const: { $ref: '#' } } } } }),
      undefined,
    );
  });

  it('may name its parts in every way that a reference has, and hold any data', () => {
    const number = { type: 'number' };
    assert.equal(schemaFault({ properties: { a: { $ref: '#/$defs/Gr%C3%B6%C3%9Fe' } }, $defs: { Größe: number } }), undefined);
    assert.equal(schemaFault({ properties: { a: { $ref: '#money' } }, $defs: { m: { ...number, $anchor: 'money' } } }), undefined);
    for (const keyword of ['const', 'default', 'examples', 'enum']) {
      assert.equal(schemaFault({ properties: { a: { [keyword]: [{ pattern: '(', $ref: '#/none' }] } } }), undefined, keyword);
    }
    assert.match(schemaFault({ properties: { const: { pattern: '(' } } }) ?? '', /no regular expression/);
  });

  it('is refused when a rule leads back to itself, also through others', () => {
    for (const schema of [
      { $ref: '#' },
      { $recursiveRef: '#' },
      { allOf: [{ $ref: '#' }] },
      { properties: { a: { not: { anyOf: [{ type: 'null' }, { $ref: '#/properties/a' }] } } } },
      { dependentSchemas: { a: { $ref: '#/$defs/a' } }, $defs: { a: { if: { $ref: '#/$defs/b' } }, b: { oneOf: [{ $ref: '#' }] } } },
    ]) {
      assert.match(schemaFault(schema) ?? '', /refers to itself/, JSON.stringify(schema));
    }
  });

  it('is refused with a reference to nothing or elsewhere, a pattern that is none, and more levels than are followed', () => {
    assert.match(schemaFault(tree) ?? '', /nothing in it is at the reference "#\/\$defs\/note"/);
    assert.match(schemaFault({ $ref: 'https://example.com/a' }) ?? '', /nothing in it is at the reference/);
    const beside = { $defs: { note: {} }, examples: [{ type: 'object' }], default: {} };
    for (const reference of [
      '#/%24defs/note',
      '#/properties',
      '#/examples/0',
      '#/default',
      '#/constructor',
      '#/type',
      '#nowhere',
      '#/%E0',
    ]) {
      assert.match(
        schemaFault({ type: 'object', properties: { a: { $ref: reference } }, ...beside }) ?? '',
        /nothing in it is at/,
        reference,
      );
    }
    assert.match(schemaFault({ properties: { a: { pattern: '(' } } }) ?? '', /"\(" is no regular expression/);
    assert.match(schemaFault({ patternProperties: { '(': { type: 'number' } } }) ?? '', /"\(" is no regular expression/);
    assert.match(schemaFault(JSON.parse(`${'{"not":'.repeat(20_000)}{}${'}'.repeat(20_000)}`)) ?? '', /more than 200 levels/);
  });
});

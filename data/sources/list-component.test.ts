import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SourceConnector, SourceDocument } from '@holdfast/connector';
import { testContext } from '../../tests/harness/connector-context.ts';
import { createRedactor } from '../egress/redaction.ts';
import { type ListedComponent, listComponent } from './list-component.ts';

const VALUE = 'correct-horse-battery-9';

const documentOf = (reference: string, more: Partial<SourceDocument> = {}): SourceDocument => ({
  reference,
  name: reference,
  contentType: 'text/plain',
  ...more,
});

/** A source that lists these, and whose use has opened the value; how often it was looked for is counted. */
function listing(documents: readonly SourceDocument[]): ListedComponent & { looks: string[] } {
  const redactor = createRedactor();
  redactor.protect(VALUE);
  const looks: string[] = [];
  const connector: SourceConnector = {
    role: 'connector',
    type: { type: 'test-source', role: 'connector', title: 'Source', description: '', schema: { type: 'object', properties: {} } as never },
    destinations: () => [],
    check: async () => '',
    async *list() {
      yield* documents;
    },
    read: () => assert.fail(),
  };
  const redact = (text: string) => {
    looks.push(text);
    return redactor.redact(text);
  };
  return { connector, options: {}, context: testContext({ destinations: [] }), name: 'Invoices', redactor: { redact }, looks };
}

const keepAll = async (documents: readonly SourceDocument[]) => documents;

describe('documents that a connector lists', () => {
  it('are left out when their key, name, version or type holds a value of the use, and the others are taken', async () => {
    const documents = [
      documentOf('one.txt'),
      documentOf(`${VALUE}/a.txt`, { name: 'a.txt' }),
      documentOf('b.txt', { name: `${VALUE}.txt` }),
      documentOf('c.txt', { version: Buffer.from(VALUE).toString('base64') }),
      documentOf('d.txt', { contentType: `text/plain; charset=${VALUE}` }),
      documentOf('two.txt', { version: '2' }),
    ];
    const { documents: found, skipped } = await listComponent(listing(documents), keepAll);
    assert.deepEqual(
      found.map(({ reference }) => reference),
      ['one.txt', 'two.txt'],
    );
    assert.deepEqual(
      skipped.map(({ name }) => name),
      ['a.txt', '[redacted].txt', 'c.txt', 'd.txt'],
    );
    assert.deepEqual(
      new Set(skipped.map(({ detail }) => detail)),
      new Set(['Its key, name, version or type holds a value that the source is used with.']),
    );
    assert.doesNotMatch(JSON.stringify(skipped), /correct-horse/);
  });

  it('are asked for as new without those that hold a value', async () => {
    const asked: string[] = [];
    await listComponent(listing([documentOf(VALUE), documentOf('a.txt')]), async (documents) => {
      asked.push(...documents.map(({ reference }) => reference));
      return [];
    });
    assert.deepEqual(asked, ['a.txt']);
  });

  it('are remembered only when they are taken: one that was not new is asked for again when it comes back changed', async () => {
    const before = Array.from({ length: 500 }, (_, index) => documentOf(`${index}.txt`, { version: '1' }));
    const again = [documentOf('0.txt', { version: '2' }), documentOf('1.txt', { version: '2' })];
    const asked: string[] = [];
    const { documents } = await listComponent(listing([...before, ...again]), async (found) => {
      asked.push(...found.slice(-2).map(({ reference, version }) => `${reference} ${version}`));
      return found.filter(({ reference, version }) => version === '2' || reference === '1.txt');
    });
    assert.deepEqual(asked, ['498.txt 1', '499.txt 1', '0.txt 2']);
    assert.deepEqual(
      documents.map(({ reference, version }) => `${reference} ${version}`),
      ['1.txt 1', '0.txt 2'],
    );
  });

  it('are shown without a value when they are left out for another reason, also where the name is cut', async () => {
    const names = [`//${VALUE}`, `${'x'.repeat(185)}//${VALUE}`, `\u200b${VALUE}`];
    const { documents, skipped } = await listComponent(listing(names.map((name, index) => documentOf(String(index), { name }))), keepAll);
    assert.deepEqual(documents, []);
    assert.deepEqual(
      skipped.map(({ name }) => name),
      ['//[redacted]', `${'x'.repeat(185)}//[redacted]`, '\\u{200B}[redacted]'],
    );
  });

  it('are looked through a page at a time, their names once', async () => {
    const documents = Array.from({ length: 1_000 }, (_, index) =>
      documentOf(`invoices/${index}.pdf`, { name: `${index}.pdf`, version: '1' }),
    );
    const listed = listing(documents);
    assert.equal((await listComponent(listed, keepAll)).documents.length, 1_000);
    assert.equal(listed.looks.length, 2);
    const listedCharacters = documents.reduce((sum, { reference, version = '' }) => sum + reference.length + version.length + 2, 0);
    const characters = listed.looks.reduce((sum, { length }) => sum + length, 0);
    assert.ok(characters <= listedCharacters + 100, `${characters} of ${listedCharacters}`);
  });
});

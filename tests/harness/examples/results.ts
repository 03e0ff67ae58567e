import assert from 'node:assert/strict';
import type { Example } from '../../../examples/index.ts';
import { documentsOf, type Published } from './services.ts';

/** Fails unless what one run of the example has to publish is there, and nothing else. */
export async function assertPublished({ name }: Pick<Example, 'name'>, published: readonly Published[]): Promise<void> {
  const check = EXPECTED[name];
  assert.ok(check, `what ${name} publishes is written down`);
  await check(published);
}

const EXPECTED: Readonly<Record<string, (published: readonly Published[]) => void | Promise<void>>> = {
  'invoices-to-json': (published) => {
    const found = Object.fromEntries(published.map(({ name, bytes }) => [name, JSON.parse(bytes.toString())]));
    assert.deepEqual(found, {
      'contoso-cloud.json': { number: 'C-88120', supplier: 'Contoso Cloud', date: '2026-03-05', total: 319, currency: 'USD' },
      'fabrikam-freight.json': { number: 'FF/2026/31', supplier: 'Fabrikam Freight', date: '2026-03-11', total: 2075.2, currency: 'GBP' },
      'northwind-paper.json': { number: '2026-0417', supplier: 'Northwind Paper', date: '2026-03-02', total: 1284.5, currency: 'EUR' },
    });
  },
  'orders-to-reports': (published) => {
    const rows = published.map(({ bytes }) => JSON.parse(bytes.toString()));
    assert.deepEqual(
      rows.map(({ order_id, customer, total }) => [order_id, customer, total]),
      [
        [1001, 'Northwind', '120.00'],
        [1003, 'Fabrikam', '980.10'],
        [1004, 'Adventure Works', '44.00'],
      ],
    );
  },
  'scans-to-archive': async (published) => {
    const documents = await documentsOf({ name: 'scans-to-archive' });
    assert.deepEqual(
      published.map(({ name, bytes }) => [name, bytes.toString('latin1')]).toSorted(),
      documents.map(({ name, bytes }) => [`scans/${name}`, bytes.toString('latin1')]).toSorted(),
    );
  },
  'reports-between-services': async (published) => {
    const documents = await documentsOf({ name: 'reports-between-services' });
    const found = Object.fromEntries(published.map(({ name, bytes }) => [name, bytes.toString()]));
    for (const month of ['january', 'february', 'march']) {
      assert.equal(found[`${month}.json`], documents.find(({ name }) => name === `${month}.json`)?.bytes.toString());
    }
  },
  'documents-to-channel': (published) => {
    const messages = published.map(({ bytes }) => bytes.toString()).toSorted();
    assert.equal(messages.length, 2);
    assert.match(messages[0] ?? '', /^New document: office-closed\.txt \(\d+ bytes\)\nThe office is closed on Friday\./);
    assert.match(messages[1] ?? '', /^New document: release-notes\.md \(\d+ bytes\)\n# Release 4\.2/);
  },
};

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EnvelopeBody } from '@holdfast/api';
import { createClient, type Pin, setSecret } from '@holdfast/sdk';
import { holdfast } from '../harness/command-line.ts';
import { knownKey, LINES } from '../harness/known-key.ts';

const names = Object.keys(LINES).map((_, index) => `KEY_${index}`);
const values = Object.values(LINES);

test('a pipe, a .env file and the SDK seal a value of several lines byte for byte', async (t) => {
  const key = await knownKey();
  const sent = new Map<string, EnvelopeBody>();
  // It answers as the control plane does and keeps what is sent to it.
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const name = request.url?.split('/').at(-1) ?? '';
    const answer = (status: number, json: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    if (name === 'sealing-key') return answer(200, key.signed);
    if (/\/secrets\?/.test(request.url ?? '')) return answer(200, { items: [], nextCursor: null, total: 0 });
    if (request.method !== 'PUT') {
      return answer(404, {
        type: 'about:blank',
        title: 'Not found',
        status: 404,
        code: 'not_found',
        detail: 'No such secret.',
        remedy: '–',
      });
    }
    sent.set(name, JSON.parse(body).envelope);
    return answer(201, {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const home = await mkdtemp(join(tmpdir(), 'holdfast-person-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  t.after(() => server.close());
  const environment = { HOLDFAST_URL: url, HOLDFAST_TOKEN: key.token, HOLDFAST_ORGANIZATION: 'acme' };
  async function assertSealed() {
    for (const [index, value] of values.entries()) {
      const envelope = sent.get(names[index] ?? '');
      assert.ok(envelope !== undefined, names[index]);
      assert.equal(JSON.stringify(await key.open(envelope)), JSON.stringify(value));
    }
    sent.clear();
  }

  await t.test('a pipe, which loses one newline at its end', async () => {
    for (const [index, value] of values.entries()) {
      const result = await holdfast(['secret', 'set', names[index] ?? ''], { home, environment, input: `${value}\n` });
      assert.equal(result.code, 0, result.stderr);
    }
    await assertSealed();
  });

  for (const [what, quote] of [
    ['single', "'"],
    ['double', '"'],
  ] as const) {
    await t.test(`a .env file, in ${what} quotes`, async () => {
      const text = values.map((value, index) => `${names[index]}=${quote}${value}${quote} # why`).join('\r\n');
      await writeFile(join(home, 'keys.env'), text, { mode: 0o600 });
      const result = await holdfast(['secret', 'set', '-f', 'keys.env'], { home, environment });
      assert.equal(result.code, 0, result.stderr);
      assert.match(result.stderr, /KEY_3: The value has a carriage return \(U\+000D\) at the end of 2 lines/);
      await assertSealed();
    });
  }

  await t.test('the SDK', async () => {
    let pin: Pin | undefined;
    const pins = {
      read: () => pin,
      write: (_url: string, seen: Pin) => {
        pin = seen;
      },
    };
    const client = createClient({ url, token: key.token });
    for (const [index, value] of values.entries()) {
      await setSecret(client, pins, { organization: 'acme', name: names[index] ?? '', value });
    }
    await assertSealed();
  });
});

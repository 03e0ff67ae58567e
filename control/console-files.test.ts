import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { createServer, type Server } from '@holdfast/endpoints';
import { createLogger } from '@holdfast/service';
import { serveConsole } from './console-files.ts';

let folder: string;
let server: Server;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-console-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><meta property="csp-nonce" nonce="__CSP_NONCE__"><title>Holdfast</title>');
  const script = 'export {};'.repeat(100);
  await writeFile(join(folder, 'assets', 'main-1a2b.js'), script);
  await writeFile(join(folder, 'assets', 'main-1a2b.js.br'), brotliCompressSync(script));
  await writeFile(join(folder, 'assets', 'main-1a2b.js.gz'), gzipSync(script));
  await writeFile(join(folder, 'assets', 'plain-3c4d.js'), script);
  server = createServer({
    logger: createLogger({ name: 'test', level: 'silent' }),
    hosts: { listen: '127.0.0.1', allowed: [] },
  });
  serveConsole(server, { folder, publicUrl: 'https://holdfast.test' });
});
after(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

const get = (url: string, accept?: string) => server.inject({ url, headers: accept === undefined ? {} : { accept } });

test('every address of the console is the page, for a browser and for a client that takes anything', async () => {
  for (const url of ['/', '/organizations/acme/secrets', '/setup']) {
    for (const accept of ['text/html,application/xhtml+xml,*/*;q=0.8', '*/*', undefined]) {
      const reply = await get(url, accept);
      assert.equal(reply.statusCode, 200, `${url} ${accept}`);
      assert.match(reply.headers['content-type'] as string, /^text\/html/);
    }
  }
});

test('what looks like a call, an asset or a file, and is none, is not found', async () => {
  for (const [url, accept] of [
    ['/api/nothing', 'text/html'],
    ['/health/nothing', 'text/html'],
    ['/assets/gone-1a2b.js', 'text/html'],
    ['/wp-login.php', '*/*'],
    ['/.env', '*/*'],
    ['/organizations/acme', 'application/json'],
    ['/assets/../index.html.bak', '*/*'],
  ] as const) {
    const reply = await get(url, accept);
    assert.equal(reply.statusCode, 404, url);
    assert.equal(reply.json().code, 'not_found', url);
  }
});

test('the page loads nothing from elsewhere, under a fresh nonce each time, and is framed by nobody', async () => {
  const [one, other] = [await get('/'), await get('/')];
  const nonceOf = (reply: typeof one) => /nonce="([^"]+)"/.exec(reply.body)?.[1] ?? '';
  const policy = one.headers['content-security-policy'] as string;
  assert.ok(policy.includes(`'nonce-${nonceOf(one)}'`));
  assert.notEqual(nonceOf(one), nonceOf(other));
  for (const word of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
    assert.ok(policy.includes(word));
  assert.ok(!/unsafe-(?:inline|eval)/.test(policy));
  assert.match(one.headers['strict-transport-security'] as string, /max-age=\d{8}/);
});

test('an asset is kept for a year; the page is asked for each time', async () => {
  for (const encoding of ['br', 'gzip', 'identity']) {
    const reply = await server.inject({ url: '/assets/main-1a2b.js', headers: { 'accept-encoding': encoding } });
    assert.equal(reply.headers['cache-control'], 'public, max-age=31536000, immutable', encoding);
  }
  assert.equal((await get('/')).headers['cache-control'], 'no-cache');
});

test('an asset comes in the smallest form that the browser takes, and caches keep the forms apart', async () => {
  const asset = (accepted: string | undefined, url = '/assets/main-1a2b.js') =>
    server.inject({ url, headers: accepted === undefined ? {} : { 'accept-encoding': accepted } });
  for (const [accepted, encoding] of [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['gzip;q=1.0, br;q=0', 'gzip'],
    ['identity', undefined],
    ['br;q=0, gzip;q=0', undefined],
    [undefined, undefined],
  ] as const) {
    const reply = await asset(accepted);
    assert.equal(reply.statusCode, 200);
    assert.equal(reply.headers['content-encoding'], encoding, accepted);
    assert.match(String(reply.headers.vary), /accept-encoding/i, accepted);
    assert.match(String(reply.headers['content-type']), /^(?:text|application)\/javascript/, accepted);
    const { rawPayload } = reply;
    const text = encoding === 'br' ? brotliDecompressSync(rawPayload) : encoding === 'gzip' ? gunzipSync(rawPayload) : rawPayload;
    assert.match(text.toString(), /^export \{\};/);
    assert.equal(Number(reply.headers['content-length']), rawPayload.length);
  }
  const tags = await Promise.all(['br', 'gzip', 'identity'].map(async (encoding) => String((await asset(encoding)).headers.etag)));
  assert.equal(new Set(tags).size, 3, tags.join());
  const again = await server.inject({ url: '/assets/main-1a2b.js', headers: { 'accept-encoding': 'br', 'if-none-match': tags[0] ?? '' } });
  assert.equal(again.statusCode, 304);
  const uncompressed = await asset('br', '/assets/plain-3c4d.js');
  assert.equal(uncompressed.statusCode, 200);
  assert.equal(uncompressed.headers['content-encoding'], undefined);
  assert.match(String(uncompressed.headers.vary), /accept-encoding/i);
});

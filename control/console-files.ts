import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { HoldfastError } from '@holdfast/api';
import type { Server } from '@holdfast/endpoints';
import type { FastifyReply } from 'fastify';

/** In `index.html`, where the page finds the nonce for the styles that it makes. */
const NONCE_MARK = '__CSP_NONCE__';
const NONCE_BYTES = 18;
const YEAR_SECONDS = 31_536_000;

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Holdfast: the console is not built</title></head>
<body><h1>The console is not built</h1>
<p>The server runs, but its pages are missing. Build them with <code>npm run build --workspace console</code>, or start with
<code>npm start</code>, which does. Then reload this page.</p></body></html>`;

/**
 * Serves the built console: hashed files for a year, every other path that a browser asks for as the page
 * itself, which finds its own way. The page may run and load nothing but what this server sends, under a
 * fresh nonce each time.
 *
 * @param publicUrl - with https, a Strict-Transport-Security header is sent.
 */
export function serveConsole(server: Server, { folder, publicUrl }: { folder: string; publicUrl: string }): void {
  server.register(async (scope) => {
    scope.register(fastifyStatic, {
      root: join(folder, 'assets'),
      prefix: '/assets/',
      index: false,
      decorateReply: false,
      cacheControl: false,
      // Its name says which file it is: it is never asked for whether it changed, nor for a part of it.
      lastModified: false,
      acceptRanges: false,
      wildcard: true,
      // NAME.br and NAME.gz beside each file, which the build has written.
      preCompressed: true,
      setHeaders: (reply) => {
        reply.header('cache-control', `public, max-age=${YEAR_SECONDS}, immutable`);
        reply.header('x-content-type-options', 'nosniff');
      },
    });
    scope.get('/favicon.svg', async (_request, reply) => {
      const icon = await readFile(join(folder, 'favicon.svg')).catch(() => undefined);
      if (icon === undefined) throw new HoldfastError('not_found');
      return reply.header('cache-control', 'public, max-age=86400').type('image/svg+xml').send(icon);
    });
    scope.get('/*', async (request, reply) => {
      if (!isPage(pathOf(request.url), request.headers.accept)) throw new HoldfastError('not_found');
      return sendPage(reply, folder, publicUrl);
    });
  });
}

/** Not by the URL parser, which takes `//` and `/\\` for the beginning of a host. */
function pathOf(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? '';
}

/** What looks like a call or a file, and is none, must not get a page with status 200. */
function isPage(path: string, accept = '*/*'): boolean {
  if (/^\/(?:api|health|assets)(?:\/|$)/.test(path)) return false;
  return accept.includes('text/html') || (accept.includes('*/*') && !/\.[a-z0-9]+$/i.test(path));
}

async function sendPage(reply: FastifyReply, folder: string, publicUrl: string): Promise<unknown> {
  const page = await readFile(join(folder, 'index.html'), 'utf8').catch(() => undefined);
  const nonce = randomBytes(NONCE_BYTES).toString('base64');
  reply
    .header('content-security-policy', contentSecurityPolicy(nonce))
    .header('cross-origin-opener-policy', 'same-origin')
    .header('cross-origin-resource-policy', 'same-origin')
    .header('permissions-policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=()')
    .header('x-frame-options', 'DENY')
    // It names the files of this version, and carries a nonce that is good once.
    .header('cache-control', 'no-cache')
    .type('text/html; charset=utf-8');
  if (publicUrl.startsWith('https:')) reply.header('strict-transport-security', `max-age=${YEAR_SECONDS}`);
  if (page === undefined) return reply.code(503).send(NOT_BUILT);
  return reply.send(page.replaceAll(NONCE_MARK, nonce));
}

/** No eval, no inline script, no other origin, no frame. */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

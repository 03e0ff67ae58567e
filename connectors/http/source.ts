import { JSON_POINTER_PATTERN, pointerSegments, valueAt } from '@holdfast/configuration';
import {
  type ConnectorContext,
  ConnectorError,
  createNextPageFault,
  type DocumentBody,
  httpFailure,
  invalidOption,
  type Options,
  REFERENCE_MAXIMUM_CHARACTERS,
  type SourceDocument,
  VERSION_MAXIMUM_CHARACTERS,
} from '@holdfast/connector';
import { type Access, attemptOf, readAccess } from './access.ts';
import { decodedPath } from './document-address.ts';
import { httpSourceType } from './types.ts';

const { items, itemUrl, itemName, itemVersion, next } = httpSourceType.schema.properties;
const POINTERS = { items, itemUrl, itemName, itemVersion, next };

export interface SourceOptions extends Access {
  /** Of the documents, below the URL; none: the URL answers with a list. */
  readonly paths: readonly string[];
  /** JSON Pointers. */
  readonly at: Readonly<Record<keyof typeof POINTERS, string>>;
}

/** Throws ConnectorError `option_invalid`. */
export function readSourceOptions(options: Options): SourceOptions {
  const access = readAccess(options, { option: 'url', title: 'URL' });
  const { paths = '' } = options;
  if (typeof paths !== 'string') throw invalidOption('Paths', 'is no text');
  const at = Object.fromEntries(
    Object.entries(POINTERS).map(([name, schema]) => {
      const given = options[name] ?? schema.default;
      if (typeof given !== 'string' || !new RegExp(JSON_POINTER_PATTERN, 'u').test(given))
        throw invalidOption(schema.title, 'is no JSON Pointer');
      return [name, given];
    }),
  ) as SourceOptions['at'];
  return {
    ...access,
    paths: paths
      .split(/[,\n]/)
      .map((path) => path.trim())
      .filter((path) => path !== ''),
    at,
  };
}

/**
 * The documents that are there now.
 *
 * @throws ConnectorError `answer_invalid` for a list that cannot be read, has no end, or names another
 *   origin; by the status of an answer, as {@link httpFailure} says it; or what `context.fetch` throws.
 */
export async function* list(options: SourceOptions, context: ConnectorContext): AsyncGenerator<SourceDocument, void, undefined> {
  if (options.paths.length > 0) yield* listPaths(options, context);
  else yield* listPages(options, context);
}

/** Asks for each by HEAD, where the service knows that, for its version. */
async function* listPaths(options: SourceOptions, context: ConnectorContext): AsyncGenerator<SourceDocument, void, undefined> {
  const folder = new URL(options.url);
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  for (const path of options.paths) {
    const address = new URL(path.split('/').map(encodedOnce).join('/').replace(/^\/+/, ''), folder);
    const response = await context.fetch(address, { method: 'HEAD', headers: options.headers });
    const { status, headers } = response;
    // What is not there is said of the document, when it is read.
    if (!response.ok && ![403, 404, 405, 410, 501].includes(status)) throw httpFailure(response, attemptOf(options));
    const version = response.ok ? (headers.get('etag') ?? headers.get('last-modified')) : null;
    yield documentAt(address, options, { name: path, version, contentType: response.ok ? headers.get('content-type') : null });
  }
}

/** As people write it, or encoded already. */
function encodedOnce(part: string): string {
  return /%[0-9A-Fa-f]{2}/.test(part) ? part : encodeURIComponent(part);
}

async function* listPages(options: SourceOptions, context: ConnectorContext): AsyncGenerator<SourceDocument, void, undefined> {
  const nextPageFault = createNextPageFault();
  let page: URL | undefined = options.url;
  while (page !== undefined) {
    const fault = nextPageFault(page.href);
    if (fault !== undefined) throw answerInvalid(options, fault);
    const response = await context.fetch(page, { headers: { accept: 'application/json', ...options.headers } });
    if (!response.ok) throw httpFailure(response, attemptOf(options));
    const answer = await jsonOf(response, options);
    const found = atPointer(answer, options.at.items);
    if (!Array.isArray(found)) throw answerInvalid(options, `has no list at “${options.at.items || '(the whole answer)'}”`);
    for (const item of found) yield documentOf(item, page, options);
    page = nextPage(answer, response, page, options);
  }
}

/** The empty pointer is the whole. */
function atPointer(value: unknown, pointer: string): unknown {
  return valueAt(value, pointerSegments(pointer));
}

async function jsonOf(response: Response, options: SourceOptions): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw answerInvalid(options, 'is no JSON');
  }
}

function documentOf(item: unknown, page: URL, options: SourceOptions): SourceDocument {
  const { at } = options;
  const address = atPointer(item, at.itemUrl);
  if (typeof address !== 'string' || !URL.canParse(address, page.href))
    throw answerInvalid(options, `has an item without an address at “${at.itemUrl}”`);
  const name = atPointer(item, at.itemName);
  const version = atPointer(item, at.itemVersion);
  const shown = typeof version === 'number' ? String(version) : version;
  return documentAt(new URL(address, page.href), options, {
    name: typeof name === 'string' && typeof item === 'object' ? name : undefined,
    version: typeof shown === 'string' ? shown : null,
  });
}

/** Its reference is the address without the origin, which is that of the URL. */
function documentAt(
  address: URL,
  options: SourceOptions,
  facts: { readonly name?: string | undefined; readonly version: string | null; readonly contentType?: string | null },
): SourceDocument {
  if (address.origin !== options.url.origin) {
    throw answerInvalid(options, `names a document at ${address.host}, where the credentials do not go`);
  }
  const reference = `${address.pathname}${address.search}`;
  if (reference.length > REFERENCE_MAXIMUM_CHARACTERS) throw answerInvalid(options, 'names an address of more than 1,024 characters');
  const name = relativeName(facts.name ?? decodedPath(address));
  const version = facts.version?.slice(0, VERSION_MAXIMUM_CHARACTERS);
  return { reference, name, contentType: facts.contentType || 'application/octet-stream', ...(version && { version }) };
}

/** Without empty parts, `.` and `..`, which no name of a document has. */
function relativeName(name: string): string {
  const parts = name
    .normalize('NFC')
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..');
  return parts.join('/') || 'document';
}

function nextPage(answer: unknown, response: Response, page: URL, options: SourceOptions): URL | undefined {
  const inAnswer = options.at.next === '' ? undefined : atPointer(answer, options.at.next);
  const linked = /<([^<>]*)>\s*;[^,<]*\brel="?next"?/i.exec(response.headers.get('link') ?? '')?.[1];
  const named = typeof inAnswer === 'string' && inAnswer !== '' ? inAnswer : linked;
  if (named === undefined) return undefined;
  const address = URL.parse(named, page.href);
  if (address === null) throw answerInvalid(options, 'names a next page that is no address');
  if (address.origin !== options.url.origin)
    throw answerInvalid(options, `names a next page at ${address.host}, where the credentials do not go`);
  return address;
}

/**
 * The bytes of one document.
 *
 * @throws ConnectorError `upstream_not_found` with `documentOnly` when it is not there any more; else by the
 *   status of the answer, as {@link httpFailure} says it, or what `context.fetchDocument` throws. Its body
 *   fails where it is read.
 */
export async function read(reference: string, options: SourceOptions, context: ConnectorContext): Promise<DocumentBody> {
  const address = new URL(options.url.origin);
  const [path = '', ...query] = reference.split('?');
  address.pathname = path;
  address.search = query.length === 0 ? '' : `?${query.join('?')}`;
  const name = decodedPath(address);
  const response = await context.fetchDocument(address, { headers: options.headers });
  if (!response.ok || response.body === null) {
    if (response.ok) return { size: 0, body: new Blob().stream(), ...typeOf(response) };
    throw httpFailure(response, {
      ...attemptOf(options, name),
      notFound: 'The document was removed since the list was read. Start the run again.',
      oneOfMany: true,
    });
  }
  const length = response.headers.get('content-length');
  return { ...(length !== null && { size: Number(length) }), body: response.body, ...typeOf(response) };
}

function typeOf({ headers }: Response): { contentType?: string } {
  const type = headers.get('content-type');
  return type === null ? {} : { contentType: type };
}

function answerInvalid({ url }: SourceOptions, what: string): ConnectorError {
  return new ConnectorError('answer_invalid', `The list of ${url.host} ${what}.`, {
    remedy: 'Check the URL and the JSON Pointers of the component against what the service answers.',
  });
}

import { randomBytes } from 'node:crypto';
import {
  type ConnectorContext,
  documentBody,
  fitsText,
  httpFailure,
  type InputDocument,
  invalidOption,
  type Options,
  type Publication,
} from '@holdfast/connector';
import { type Access, attemptOf, readAccess } from './access.ts';
import { addressOf, decodedPath } from './document-address.ts';
import { httpPublisherType } from './types.ts';

const {
  path: pathSchema,
  success: successSchema,
  contentType: contentTypeSchema,
  fieldName: fieldSchema,
} = httpPublisherType.schema.properties;

export interface PublisherOptions extends Access {
  readonly path: string;
  readonly method: 'PUT' | 'POST';
  /** Name of the field, when the document goes out in a form. */
  readonly field: string | undefined;
  readonly contentType: string;
  readonly existing: 'replace' | 'keep';
  readonly success: string;
  readonly connectionTest: 'reach' | 'send';
}

/** Throws ConnectorError `option_invalid`. */
export function readPublisherOptions(options: Options): PublisherOptions {
  const { path = pathSchema.default, method = 'PUT', form = false, fieldName = fieldSchema.default } = options;
  const { contentType = '', existing = 'replace', success = successSchema.default, connectionTest = 'reach' } = options;
  const access = readAccess(options, { option: 'baseUrl', title: 'Base URL' });
  if (access.url.search !== '') throw invalidOption('Base URL', 'has a query', 'Write the query behind the path.');
  if (!fitsText(path, pathSchema)) throw invalidOption('Path', 'is not made of the characters of a path');
  if (method !== 'PUT' && method !== 'POST') throw invalidOption('Method', 'is not one of its choices');
  if (!fitsText(fieldName, fieldSchema)) throw invalidOption('Field of the form', 'is not a name');
  if (!fitsText(contentType, contentTypeSchema)) throw invalidOption('Content type', 'is not a content type');
  if (existing !== 'replace' && existing !== 'keep')
    throw invalidOption('When the address has a document already', 'is not one of its choices');
  if (!fitsText(success, successSchema)) throw invalidOption('Statuses of success', 'is not a list of statuses');
  if (connectionTest !== 'reach' && connectionTest !== 'send') throw invalidOption('Connection test', 'is not one of its choices');
  return { ...access, path, method, field: form === true ? fieldName : undefined, contentType, existing, success, connectionTest };
}

/**
 * Sends one document. The same document gets the same address; with `keep` a service that knows conditional
 * requests (RFC 9110, section 13) leaves what is there, which is `unchanged`.
 *
 * @throws ConnectorError with `documentOnly`: `document_unsupported` for a name that no address can have,
 *   `upstream_refused` for a document that changed meanwhile. Else by the status of the answer, as {@link
 *   httpFailure} says it, or what `context.fetch` throws.
 */
export async function publish(document: InputDocument, options: PublisherOptions, context: ConnectorContext): Promise<Publication> {
  const { method, existing, success } = options;
  const url = addressOf(document, options);
  const { body, length, contentType } = bodyOf(document, options);
  const response = await context.fetch(url, {
    method,
    headers: {
      'content-type': contentType,
      'content-length': String(length),
      'idempotency-key': document.idempotencyKey,
      ...(existing === 'keep' && { 'if-none-match': '*' }),
      ...options.headers,
    },
    body,
    redirect: 'manual',
  });
  const publishedAs = `${url.host}${decodedPath(url)}`;
  if (existing === 'keep' && response.status === 412) return { outcome: 'unchanged', publishedAs };
  if (!isSuccess(response.status, success)) throw httpFailure(response, attemptOf(options, document.name));
  document.progress(document.size);
  return { outcome: 'published', publishedAs };
}

function isSuccess(status: number, statuses: string): boolean {
  return statuses.split(',').some((each) => (each.trim() === '2xx' ? status >= 200 && status < 300 : Number(each) === status));
}

interface Body {
  readonly body: AsyncIterable<Uint8Array>;
  /** Bytes. */
  readonly length: number;
  readonly contentType: string;
}

function bodyOf(document: InputDocument, { field, contentType }: PublisherOptions): Body {
  const type = contentType === '' ? document.contentType : contentType;
  return field === undefined ? { body: documentBody(document), length: document.size, contentType: type } : inForm(document, field, type);
}

/**
 * One file of a form (RFC 7578), streamed: a FormData would hold the document. Its name is the last part of
 * the document's, escaped as browsers do (html.spec.whatwg.org, multipart/form-data encoding algorithm).
 */
function inForm(document: InputDocument, field: string, type: string): Body {
  const boundary = `holdfast-${randomBytes(24).toString('hex')}`;
  const fileName = document.name.slice(document.name.lastIndexOf('/') + 1).normalize('NFC');
  const escaped = fileName.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
  const disposition = `content-disposition: form-data; name="${field}"; filename="${escaped}"`;
  const head = Buffer.from(`--${boundary}\r\n${disposition}\r\ncontent-type: ${type}\r\n\r\n`);
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  async function* body() {
    yield head;
    yield* documentBody(document);
    yield tail;
  }
  return { body: body(), length: head.length + document.size + tail.length, contentType: `multipart/form-data; boundary=${boundary}` };
}

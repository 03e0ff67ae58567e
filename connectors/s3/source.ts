import type { Readable } from 'node:stream';
import { GetObjectCommand, ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { type ConnectorContext, ConnectorError, createNextPageFault, type DocumentBody, type SourceDocument } from '@holdfast/connector';
import { clientOf } from './client.ts';
import { answerOf, explain } from './failures.ts';
import { objectName } from './object-name.ts';
import type { SourceOptions } from './options.ts';

/** What services say of objects whose type nobody said. */
const NO_TYPE = /^(?:binary|application)\/octet-stream$/;

/**
 * The objects below the folder, a page of 1,000 at a time, without those of no bytes that stand for a folder.
 * `s3:ListBucket` on the prefix is enough.
 *
 * @throws ConnectorError `upstream_credentials`, `upstream_not_found`, `upstream_refused`, `answer_invalid`
 *   for a list without an end, or what `context.fetch` throws.
 * Source: docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export async function* list(options: SourceOptions, context: ConnectorContext): AsyncGenerator<SourceDocument, void, undefined> {
  const nextPageFault = createNextPageFault();
  let token: string | undefined;
  do {
    const page = await pageOf(options, context, { ContinuationToken: token });
    yield* documentsOf(page, options);
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    const fault = token === undefined ? undefined : nextPageFault(token);
    if (fault !== undefined) {
      throw new ConnectorError('answer_invalid', `The list of the bucket “${options.bucket}” ${fault}.`, {
        remedy: 'Ask who runs the service; its lists are not those of S3.',
      });
    }
  } while (token !== undefined);
}

/**
 * The bytes of one object. `s3:GetObject` is enough.
 *
 * @throws ConnectorError with `documentOnly`: `upstream_not_found` when it is not there any more,
 *   `document_unsupported` for a key that no address can name, `upstream_refused` for an object that is
 *   archived. Else `upstream_credentials`, `upstream_not_found`, `upstream_refused`, or what
 *   `context.fetchDocument` throws. Its body fails where it is read.
 */
export async function read(key: string, options: SourceOptions, context: ConnectorContext): Promise<DocumentBody> {
  // A URL drops these: the address would be that of another object.
  if (key.split('/').some((part) => part === '.' || part === '..')) {
    throw new ConnectorError('document_unsupported', `“${key}” has a part that is . or .., which no address can name.`, {
      remedy: 'Give the object another name.',
      documentOnly: true,
    });
  }
  try {
    const object = await clientOf(context, options).send(new GetObjectCommand({ Bucket: options.bucket, Key: key }), {
      abortSignal: context.signal,
    });
    const { ContentType: contentType = '', ContentLength: size, Body } = object;
    return {
      ...(contentType !== '' && !NO_TYPE.test(contentType) && { contentType }),
      ...(size !== undefined && { size }),
      body: Body as Readable,
    };
  } catch (error) {
    throw explain(error, { ...options, key, right: 's3:GetObject' });
  }
}

/**
 * Tries both: lists, and reads the first byte of a document, if there is one.
 *
 * @returns one sentence on what was found.
 * @throws ConnectorError `upstream_credentials`, `upstream_not_found`, `upstream_refused`, or what
 *   `context.fetch` throws; an object that is archived, or gone meanwhile, is no failure.
 */
export async function checkSource(options: SourceOptions, context: ConnectorContext): Promise<string> {
  const page = await pageOf(options, context, { MaxKeys: 10 });
  const [first] = documentsOf(page, options);
  const place =
    options.folder === '' ? `The bucket “${options.bucket}”` : `The folder “${options.folder}” of the bucket “${options.bucket}”`;
  if (first === undefined) return `${place} can be listed. No document is there to try whether it may be read.`;
  try {
    const command = new GetObjectCommand({ Bucket: options.bucket, Key: first.reference, Range: 'bytes=0-0' });
    const { Body } = await clientOf(context, options).send(command, { abortSignal: context.signal });
    for await (const _ of Body as Readable) break;
  } catch (error) {
    // It may be read, and is empty, archived, or gone since.
    const code = answerOf(error)?.status === 416 ? 'empty' : answerOf(error)?.code;
    if (code !== 'empty' && code !== 'InvalidObjectState' && code !== 'NoSuchKey') {
      throw explain(error, { ...options, right: 's3:GetObject' });
    }
  }
  return `${place} can be listed, and what is there can be read.`;
}

async function pageOf(
  options: SourceOptions,
  context: ConnectorContext,
  more: { ContinuationToken?: string | undefined; MaxKeys?: number },
): Promise<ListObjectsV2CommandOutput> {
  try {
    const Prefix = prefixOf(options);
    // Encoded, because a key may hold what XML cannot.
    const command = new ListObjectsV2Command({ Bucket: options.bucket, ...(Prefix !== '' && { Prefix }), EncodingType: 'url', ...more });
    return await clientOf(context, options).send(command, { abortSignal: context.signal });
  } catch (error) {
    throw explain(error, { ...options, right: 's3:ListBucket' });
  }
}

function* documentsOf(page: ListObjectsV2CommandOutput, options: SourceOptions): Generator<SourceDocument> {
  const prefix = prefixOf(options);
  for (const { Key = '', Size, ETag } of page.Contents ?? []) {
    const key = page.EncodingType === 'url' ? decoded(Key) : Key;
    // A service may answer with what it was not asked for.
    if (key === '' || key.endsWith('/') || !key.startsWith(prefix)) continue;
    yield {
      reference: key,
      name: objectName('', key.slice(prefix.length)),
      contentType: 'application/octet-stream',
      ...(Size !== undefined && { size: Size }),
      ...(ETag !== undefined && { version: ETag.replaceAll('"', '').slice(0, 256) }),
    };
  }
}

function prefixOf({ folder }: SourceOptions): string {
  return folder === '' ? '' : `${folder}/`;
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

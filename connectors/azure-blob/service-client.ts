import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { AnonymousCredential, BlobServiceClient, newPipeline, StorageSharedKeyCredential } from '@azure/storage-blob';
import { type ConnectorContext, ConnectorError, type FetchInit } from '@holdfast/connector';
import type { Account } from './connection-string.ts';

type SdkHttpClient = NonNullable<Parameters<typeof newPipeline>[1]>['httpClient'];
type SdkRequest = Parameters<NonNullable<SdkHttpClient>['sendRequest']>[0];
type SdkResponse = Awaited<ReturnType<NonNullable<SdkHttpClient>['sendRequest']>>;

/**
 * Azure's client, with our way out in place of its own and with its retries off: attempts are counted and
 * recorded by the run, in one place. What it downloads as a stream comes as documents do.
 *
 * @param onBroken gets why a stream broke: the client says of each that less came than was said.
 * @param signature the query of a signature for the next request, in place of the account's key.
 */
export function serviceClient(
  account: Account,
  context: Pick<ConnectorContext, 'request' | 'fetchDocument'>,
  { onBroken = () => undefined, signature }: { onBroken?: (error: unknown) => void; signature?: (() => string) | undefined } = {},
): BlobServiceClient {
  const { credential } = account;
  const key =
    credential.kind === 'account-key' && signature === undefined
      ? new StorageSharedKeyCredential(credential.accountName, credential.accountKey)
      : new AnonymousCredential();
  const address = credential.kind === 'account-key' ? account.endpoint : `${account.endpoint}/?${credential.query}`;
  const pipeline = newPipeline(key, {
    httpClient: throughContext(context, onBroken, signature),
    retryOptions: { maxTries: 1 },
    userAgentOptions: { userAgentPrefix: 'holdfast' },
  });
  return new BlobServiceClient(address, pipeline);
}

function throughContext(
  { request: ask, fetchDocument }: Pick<ConnectorContext, 'request' | 'fetchDocument'>,
  onBroken: (error: unknown) => void,
  signature: (() => string) | undefined,
): SdkHttpClient {
  return {
    async sendRequest(request: SdkRequest): Promise<SdkResponse> {
      const streams = request.streamResponseStatusCodes;
      const url = signed(request.url, signature);
      const headers: Record<string, string> = {};
      for (const { name, value } of request.headers.headersArray()) headers[name] = value;
      const signal = request.abortSignal as AbortSignal | undefined;
      const outgoing = { method: request.method, headers, body: bodyOf(request), ...(signal !== undefined && { signal }) };
      if (streams === undefined || streams.size === 0) {
        const answer = await ask(url, outgoing);
        const { buffer, byteOffset, length } = answer.body;
        return {
          request,
          status: answer.status,
          headers: headersOf(answer.headers),
          bodyAsText: Buffer.from(buffer, byteOffset, length).toString('utf8'),
        };
      }
      // A redirect would go out without the signature of its own address.
      const response = await fetchDocument(url, { ...outgoing, redirect: 'manual' });
      const answer = { request, status: response.status, headers: headersOf(Object.fromEntries(response.headers)) };
      if (streams.has(response.status) || streams.has(Number.POSITIVE_INFINITY)) {
        const stream = Readable.fromWeb((response.body ?? new Blob().stream()) as ReadableStream);
        stream.once('error', onBroken);
        return { ...answer, readableStreamBody: stream };
      }
      return { ...answer, bodyAsText: await response.text() };
    },
  };
}

function signed(url: string, signature: (() => string) | undefined): string {
  return signature === undefined ? url : `${url}${url.includes('?') ? '&' : '?'}${signature()}`;
}

function bodyOf({ body }: SdkRequest): FetchInit['body'] {
  if (body === undefined || body === null) return null;
  if (typeof body === 'string' || body instanceof Uint8Array) return body as FetchInit['body'];
  if (typeof body === 'function') return body() as AsyncIterable<Uint8Array>;
  throw new ConnectorError('upstream_refused', 'The Azure client wanted to send a body in a form that is not supported.', {
    remedy: 'Report it: it is an error of Holdfast.',
  });
}

/** The client converts these at once and reads nothing but `toJson`. */
function headersOf(headers: Readonly<Record<string, string>>): SdkResponse['headers'] {
  return { toJson: () => headers } as SdkResponse['headers'];
}

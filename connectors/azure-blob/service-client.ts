import { AnonymousCredential, BlobServiceClient, newPipeline, StorageSharedKeyCredential } from '@azure/storage-blob';
import { ConnectorError, type HttpClient, type StreamedBody } from '@holdfast/connector';
import type { Account } from './connection-string.ts';

type SdkHttpClient = NonNullable<Parameters<typeof newPipeline>[1]>['httpClient'];
type SdkRequest = Parameters<NonNullable<SdkHttpClient>['sendRequest']>[0];
type SdkResponse = Awaited<ReturnType<NonNullable<SdkHttpClient>['sendRequest']>>;

/**
 * Azure's client, with our way out in place of its own and with its retries off: attempts are counted and
 * recorded by the run, in one place.
 *
 * @param signal for requests that are made without one of their own.
 */
export function serviceClient(account: Account, http: HttpClient, signal?: AbortSignal): BlobServiceClient {
  const { credential } = account;
  const key =
    credential.kind === 'account-key'
      ? new StorageSharedKeyCredential(credential.accountName, credential.accountKey)
      : new AnonymousCredential();
  const address = credential.kind === 'account-key' ? account.endpoint : `${account.endpoint}/?${credential.query}`;
  const pipeline = newPipeline(key, {
    httpClient: throughOurClient(http, signal),
    retryOptions: { maxTries: 1 },
    userAgentOptions: { userAgentPrefix: 'holdfast' },
  });
  return new BlobServiceClient(address, pipeline);
}

function throughOurClient(http: HttpClient, signal: AbortSignal | undefined): SdkHttpClient {
  return {
    async sendRequest(request: SdkRequest): Promise<SdkResponse> {
      const headers = Object.fromEntries(request.headers.headersArray().map(({ name, value }) => [name.toLowerCase(), value]));
      const response = await http.request({
        method: request.method,
        url: request.url,
        headers,
        body: bodyOf(request),
        ...signalOf(request, signal),
      });
      return {
        request,
        status: response.status,
        headers: headersOf(response.headers),
        bodyAsText: new TextDecoder().decode(response.body),
      };
    },
  };
}

function signalOf({ abortSignal }: SdkRequest, otherwise: AbortSignal | undefined): { signal?: AbortSignal } {
  const signal = (abortSignal as AbortSignal | undefined) ?? otherwise;
  return signal === undefined ? {} : { signal };
}

function bodyOf({ body, headers }: SdkRequest): Uint8Array | string | StreamedBody | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  if (typeof body === 'function') {
    return { size: Number(headers.get('content-length')), read: () => body() as AsyncIterable<Uint8Array> };
  }
  throw new ConnectorError('upstream_refused', 'The Azure client wanted to send a body in a form that is not supported.');
}

/** The client converts these at once and reads nothing but `toJson`. */
function headersOf(headers: Readonly<Record<string, string>>): SdkResponse['headers'] {
  return { toJson: () => ({ ...headers }) } as SdkResponse['headers'];
}

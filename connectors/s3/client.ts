import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { type ConnectorContext, ConnectorError, type FetchInit, onceForUse } from '@holdfast/connector';
import type { Place } from './options.ts';

/** Where requests go, and who asks. */
export type ClientPlace = Pick<Place, 'endpoint' | 'pathStyle' | 'region' | 'accessKeyId' | 'secretAccessKey'> & {
  readonly sessionToken?: string | undefined;
};

type Handler = NonNullable<S3ClientConfig['requestHandler']>;

/** What the SDK hands to what sends its requests: HttpRequest of @smithy/types. */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query: Readonly<Record<string, string | string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * The SDK's client for one use, with our way out in place of its own and its retries off: attempts are
 * counted and recorded by the run. All that it would look for in the environment, in files of ~/.aws or at
 * the metadata service is given here, so that it looks for nothing. Checksums of its own are off, because
 * other services refuse them: each request is signed with the SHA-256 of its body, which every service
 * checks.
 */
export const clientOf = onceForUse((context, place: Place): S3Client => createClient(place, context));

/** The same client for what takes back parts of an upload: see `takeBack` of ConnectorContext. */
export const cleanupClientOf = onceForUse(
  ({ takeBack, fetchDocument }, place: Place): S3Client => createClient(place, { fetch: takeBack, fetchDocument }),
);

/** The same client, for work that is no use of a component. */
export function createClient(place: ClientPlace, ways: Pick<ConnectorContext, 'fetch' | 'fetchDocument'>): S3Client {
  const config: S3ClientConfig = {
    endpoint: place.endpoint,
    forcePathStyle: place.pathStyle,
    region: place.region,
    credentials: {
      accessKeyId: place.accessKeyId,
      secretAccessKey: place.secretAccessKey,
      ...(place.sessionToken !== undefined && { sessionToken: place.sessionToken }),
    },
    requestHandler: throughFetch(ways),
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    disableS3ExpressSessionAuth: true,
    disableMultiregionAccessPoints: true,
    useArnRegion: false,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    userAgentAppId: 'holdfast',
    authSchemePreference: ['sigv4'],
    sigv4aSigningRegionSet: [],
  };
  return new S3Client(config);
}

function throughFetch({ fetch, fetchDocument }: Pick<ConnectorContext, 'fetch' | 'fetchDocument'>): Handler {
  return {
    async handle(request: SdkRequest, { abortSignal }: { abortSignal?: AbortSignal } = {}) {
      const document = request.method === 'GET' && request.query['x-id'] === 'GetObject';
      const response = await (document ? fetchDocument : fetch)(addressOf(request), {
        method: request.method,
        headers: Object.entries(request.headers).filter(([name]) => name !== 'host'),
        body: bodyOf(request),
        // A redirect would go out with the signature of another address.
        redirect: 'manual',
        ...(abortSignal !== undefined && { signal: abortSignal }),
      });
      const streams = document && response.ok;
      const body = streams
        ? Readable.fromWeb((response.body ?? new Blob().stream()) as ReadableStream)
        : Readable.from([Buffer.from(await response.arrayBuffer())], { objectMode: false });
      return { response: { statusCode: response.status, headers: Object.fromEntries(response.headers), body } };
    },
  } as Handler;
}

function addressOf({ protocol, hostname, port, path, query }: SdkRequest): string {
  const pairs = Object.entries(query)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((each) => `${escaped(name)}=${escaped(each ?? '')}`))
    .sort();
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
}

/** As it is signed: RFC 3986, which escapes more than encodeURIComponent. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}

function bodyOf({ body }: SdkRequest): FetchInit['body'] {
  if (body === undefined || body === null) return null;
  if (typeof body === 'string' || body instanceof Uint8Array) return body as FetchInit['body'];
  throw new ConnectorError('upstream_refused', 'The S3 client wanted to send a body in a form that is not supported.', {
    remedy: 'Report it: it is an error of Holdfast.',
  });
}

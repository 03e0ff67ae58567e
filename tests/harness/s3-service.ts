import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { startFauxqs } from 'fauxqs';
import { type Handler, httpService, type ReceivedRequest } from './http-service.ts';

export type S3Right = 's3:PutObject' | 's3:GetObject' | 's3:ListBucket' | 's3:AbortMultipartUpload';

export interface StoredObject {
  readonly bytes: Buffer;
  readonly contentType: string | null;
  readonly sha256: string | null;
}

/**
 * An S3 service with one key pair. Objects are kept by fauxqs, which checks nothing of who asks; in front of
 * it stands what does: signatures (SigV4) and their bodies, rights, and conditions of writes.
 */
export interface S3Service extends AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly requests: readonly ReceivedRequest[];
  createBucket(name: string): void;
  /** Puts an object there past the key pair and its rights. */
  put(bucket: string, key: string, bytes: string | Buffer): Promise<void>;
  /** What the key pair may do from now on. At first: all. */
  permit(...rights: S3Right[]): void;
  /** Answers in place of the service what it returns `true` for; `undefined` ends that. */
  intercept(handler: ((request: ReceivedRequest, response: ServerResponse) => boolean) | undefined): void;
  keysOf(bucket: string): Promise<string[]>;
  read(bucket: string, key: string): Promise<StoredObject>;
}

const ALL: readonly S3Right[] = ['s3:PutObject', 's3:GetObject', 's3:ListBucket', 's3:AbortMultipartUpload'];

export interface S3ServiceOptions {
  readonly tls?: boolean;
  readonly port?: number;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

export async function s3Service(options: S3ServiceOptions = {}): Promise<S3Service> {
  const { tls = true, port } = options;
  const store = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  const front = await httpService({ tls, ...(port !== undefined && { port }) });
  const inStore = (bucket: string, key: string) =>
    `http://127.0.0.1:${store.port}/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
  const region = 'eu-central-1';
  const accessKeyId = options.accessKeyId ?? `AKIA${randomBytes(8).toString('hex').toUpperCase()}`;
  const secretAccessKey = options.secretAccessKey ?? randomBytes(30).toString('base64');
  let rights = new Set<S3Right>(ALL);
  let interceptor: ((request: ReceivedRequest, response: ServerResponse) => boolean) | undefined;

  const handle: Handler = async (request, response) => {
    if (interceptor?.(request, response)) return;
    const refused = refusalOf(request, { region, accessKeyId, secretAccessKey });
    if (refused !== undefined) return answerError(response, request, ...refused);
    const path = pathStyleOf(request);
    const right = rightFor(request);
    if (!rights.has(right)) return answerError(response, request, 403, 'AccessDenied');
    if (request.headers['if-none-match'] === '*') {
      const there = await forward({ ...request, method: 'HEAD', body: Buffer.alloc(0), headers: {} }, path.split('?')[0] ?? '', store.port);
      if (there.statusCode === 200) return answerError(response, request, 412, 'PreconditionFailed');
    }
    const answer = await forward(request, path, store.port);
    // Who may not list is not to learn what is not there.
    if (answer.statusCode === 404 && right === 's3:GetObject' && !rights.has('s3:ListBucket')) {
      answer.resume();
      return answerError(response, request, 403, 'AccessDenied');
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  };
  front.answer(handle);

  return {
    origin: front.origin,
    port: front.port,
    requests: front.requests,
    region,
    accessKeyId,
    secretAccessKey,
    createBucket: (name) => void store.createBucket(name),
    async put(bucket, key, bytes) {
      const answer = await fetch(inStore(bucket, key), { method: 'PUT', body: typeof bytes === 'string' ? bytes : new Uint8Array(bytes) });
      if (!answer.ok) throw new Error(`${bucket}/${key}: ${answer.status}`);
    },
    permit(...permitted) {
      rights = new Set(permitted.length === 0 ? ALL : permitted);
    },
    intercept(handler) {
      interceptor = handler;
    },
    async keysOf(bucket) {
      const list = await (await fetch(`http://127.0.0.1:${store.port}/${bucket}?list-type=2`)).text();
      return [...list.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key ?? '');
    },
    async read(bucket, key) {
      const answer = await fetch(inStore(bucket, key));
      if (!answer.ok) throw new Error(`${bucket}/${key}: ${answer.status}`);
      return {
        bytes: Buffer.from(await answer.arrayBuffer()),
        contentType: answer.headers.get('content-type'),
        sha256: answer.headers.get('x-amz-meta-holdfast-sha256'),
      };
    },
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]();
      await store.stop();
    },
  };
}

/** As S3 answers: XML, and to HEAD nothing but the status. */
export function answerError(
  response: ServerResponse,
  request: ReceivedRequest,
  status: number,
  code: string,
  headers: Record<string, string> = {},
): void {
  // As some services do, it repeats what it was sent.
  const message = `<Error><Code>${code}</Code><Message>You sent ${request.headers.authorization}</Message></Error>`;
  response.writeHead(status, { 'content-type': 'application/xml', ...headers });
  response.end(request.method === 'HEAD' ? undefined : `<?xml version="1.0" encoding="UTF-8"?>\n${message}`);
}

async function forward(request: ReceivedRequest, path: string, port: number): Promise<IncomingMessage> {
  const { host: _, connection: __, 'transfer-encoding': ___, ...headers } = request.headers;
  const outgoing = httpRequest({ host: '127.0.0.1', port, method: request.method, path, headers });
  outgoing.end(request.body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return answer;
}

/** The bucket of `bucket.host` goes into the path. */
function pathStyleOf({ path, headers: { host = '' } }: ReceivedRequest): string {
  const bucket = /^([a-z0-9-]+)\.[a-z]/.exec(host)?.[1];
  return bucket === undefined ? path : `/${bucket}${path}`;
}

function rightFor({ method, path }: ReceivedRequest): S3Right {
  if (method === 'DELETE') return 's3:AbortMultipartUpload';
  if (method !== 'GET' && method !== 'HEAD') return 's3:PutObject';
  return path.includes('list-type=2') ? 's3:ListBucket' : 's3:GetObject';
}

interface KeyPair {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * Signature Version 4 of a request, written from its description:
 * docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
function refusalOf(request: ReceivedRequest, { region, accessKeyId, secretAccessKey }: KeyPair): [number, string] | undefined {
  const { authorization = '', 'x-amz-date': date, 'x-amz-content-sha256': payload } = request.headers as Record<string, string>;
  const [, id, day = '', scopeRegion = '', signed = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      authorization,
    ) ?? [];
  if (id === undefined) return [403, 'AccessDenied'];
  if (id !== accessKeyId) return [403, 'InvalidAccessKeyId'];
  if (scopeRegion !== region) return [400, 'AuthorizationHeaderMalformed'];
  const names = signed.split(';');
  const unsigned = Object.keys(request.headers).filter((name) => name.startsWith('x-amz-') && !names.includes(name));
  if (!names.includes('host') || unsigned.length > 0) return [403, 'AccessDenied'];
  const [path = '', query = ''] = request.path.split('?');
  const canonical = [
    request.method,
    path,
    query
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
      .sort()
      .join('&'),
    ...names.map(
      (name) =>
        `${name}:${String(request.headers[name] ?? '')
          .trim()
          .replace(/ +/g, ' ')}`,
    ),
    '',
    signed,
    payload,
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const key = [day, region, 's3', 'aws4_request'].reduce<Buffer>((made, part) => hmac(made, part), Buffer.from(`AWS4${secretAccessKey}`));
  if (!timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex'))) return [403, 'SignatureDoesNotMatch'];
  if (payload !== createHash('sha256').update(request.body).digest('hex')) return [400, 'XAmzContentSHA256Mismatch'];
  return undefined;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

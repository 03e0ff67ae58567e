import { createHash, createHmac, randomBytes } from 'node:crypto';
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { AZURE_CERTIFICATE, AZURE_CERTIFICATE_KEY } from './azure-certificate.ts';

/**
 * A blob service that answers as Azure does where the emulator is laxer: it checks the signature of each
 * request (created with the account's key, over the fields that are in it), its time, and whether its
 * permissions are those that the operation takes.
 *
 * - Permissions by operation:
 *   learn.microsoft.com/rest/api/storageservices/create-account-sas#account-sas-permissions-by-operation and
 *   …/create-service-sas. Put Blob takes Create or Write, and Write when the blob is there
 *   (UnauthorizedBlobOverwrite); Put Block and Put Block List take Write
 *   (github.com/Azure/azure-storage-node/issues/485); Get Blob (Properties) takes Read.
 * - No signature of a container permits anything on the container: AuthorizationFailure
 *   (github.com/Azure/azure-sdk-for-net/issues/17142).
 * - Why a signature was not accepted stands in the body alone, which an answer to HEAD does not have.
 * - Every block of a blob has an id of the same length, those of an upload that was left unfinished too:
 *   InvalidBlobOrBlock (learn.microsoft.com/rest/api/storageservices/put-block).
 * - A query is read as a form: `+` is a space.
 * - It takes signatures only; an account key is refused, as by an account that has turned them off.
 */
export interface AzureStandIn extends AsyncDisposable {
  readonly port: number;
  readonly account: string;
  readonly accountKey: string;
  readonly certificate: string;
  /** `METHOD /container/blob?comp=…` of each request, and the status and code of its answer. */
  readonly requests: { readonly line: string; readonly status: number; readonly code: string }[];
  readonly containers: Map<string, Map<string, StoredBlob>>;
  /** Names that are protected by an immutability policy. */
  readonly immutable: Set<string>;
  /** Names for which the service always answers 500. */
  readonly broken: Set<string>;
  /**
   * Stored access policies by their id (`si`), which hold what a signature does not say itself:
   * learn.microsoft.com/rest/api/storageservices/define-stored-access-policy
   */
  readonly policies: Map<string, { readonly sp: string; readonly st?: string; readonly se: string }>;
  /** Leaves a block of another program's upload under a name, with an id of its own length. */
  leaveBlock(container: string, blob: string): void;
  /** Refuses in place of the service what it returns a refusal for; `undefined` ends that. */
  intercept(handler: ((asked: Intercepted) => Refusal | undefined) | undefined): void;
  uncommitted(container: string): string[];
}

/** A request, with what it asks for: `PUT block`. */
export interface Intercepted {
  readonly operation: string;
  readonly blob: string;
  /** Of its body. */
  readonly bytes: number;
}

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StoredBlob {
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly etag: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface StandInOptions {
  /** Plain HTTP, for callers whose trust cannot be set. Default: TLS. */
  readonly plain?: boolean;
  readonly accountKey?: string;
}

class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, code: string, detail?: string, headers: Readonly<Record<string, string>> = {}) {
    super(code);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.headers = headers;
  }
}

interface Asked {
  readonly method: string;
  readonly container: string;
  readonly blob: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

type Permission = 'r' | 'w' | 'd' | 'c';

export async function startAzureStandIn(options: StandInOptions = {}): Promise<AzureStandIn> {
  const account = 'acme';
  const accountKey = options.accountKey ?? randomBytes(64).toString('base64');
  const containers = new Map<string, Map<string, StoredBlob>>();
  const blocks = new Map<string, Map<string, Buffer>>();
  const requests: AzureStandIn['requests'] = [];
  const immutable = new Set<string>();
  const broken = new Set<string>();
  const policies: AzureStandIn['policies'] = new Map();
  const secure = options.plain !== true;
  let versions = 0;
  let interceptor: Parameters<AzureStandIn['intercept']>[0];

  /** Answers which of the wanted permissions the signature has. */
  function authorize(asked: Asked, type: 's' | 'c' | 'o', wanted: readonly Permission[]): Set<string> {
    if (asked.headers.authorization !== undefined) throw new Refused(403, 'KeyBasedAuthenticationNotPermitted');
    const query = asked.query;
    const field = (name: string) => query.get(name) ?? '';
    if (field('sig') === '') throw new Refused(409, 'PublicAccessNotPermitted');
    const ofAccount = query.has('srt');
    const resource = `/blob/${account}/${asked.container}${field('sr') === 'b' ? `/${asked.blob}` : ''}`;
    const toSign = ofAccount
      ? [account, ...['sp', 'ss', 'srt', 'st', 'se', 'sip', 'spr', 'sv', 'ses'].map(field), ''].join('\n')
      : [
          ...['sp', 'st', 'se'].map(field),
          resource,
          ...['si', 'sip', 'spr', 'sv', 'sr'].map(field),
          '',
          ...['ses', 'rscc', 'rscd', 'rsce', 'rscl', 'rsct'].map(field),
        ].join('\n');
    const signature = createHmac('sha256', Buffer.from(accountKey, 'base64')).update(toSign).digest('base64');
    if (signature !== field('sig')) {
      throw new Refused(403, 'AuthenticationFailed', `Signature did not match. String to sign used was ${toSign}`);
    }
    const now = new Date();
    const policy = query.has('si') ? policies.get(field('si')) : undefined;
    if (query.has('si') && policy === undefined)
      throw new Refused(403, 'AuthenticationFailed', 'SAS identifier cannot be found for specified signed identifier');
    const startsAt = policy?.st ?? field('st');
    const [start, end] = [startsAt === '' ? now : new Date(startsAt), new Date(policy?.se ?? field('se'))];
    if (start > now || end <= now) {
      const [from, to, current] = [start, end, now].map((time) => `[${time.toUTCString()}]`);
      throw new Refused(
        403,
        'AuthenticationFailed',
        `Signature not valid in the specified time frame: Start ${from} - Expiry ${to} - Current ${current}`,
      );
    }
    if (field('spr') === 'https' && !secure) throw new Refused(403, 'AuthorizationProtocolMismatch');
    if (ofAccount && !field('ss').includes('b')) throw new Refused(403, 'AuthorizationServiceMismatch');
    if (ofAccount && !field('srt').includes(type)) throw new Refused(403, 'AuthorizationResourceTypeMismatch');
    if (!ofAccount && type !== 'o') throw new Refused(403, 'AuthorizationFailure');
    const granted = new Set(policy?.sp ?? field('sp'));
    if (!wanted.some((permission) => granted.has(permission))) throw new Refused(403, 'AuthorizationPermissionMismatch');
    return granted;
  }

  function blobsOf(asked: Asked): Map<string, StoredBlob> {
    const blobs = containers.get(asked.container);
    if (blobs === undefined) throw new Refused(404, 'ContainerNotFound');
    if (broken.has(asked.blob)) throw new Refused(500, 'InternalError');
    // What the service cannot have in an address, decoded as it is: "Naming and referencing containers,
    // blobs, and metadata".
    // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what is looked for.
    if (/[\u0000-\u001f\u007f-\u009f\p{Co}\p{Cs}\p{Noncharacter_Code_Point}]/u.test(asked.blob)) throw new Refused(400, 'InvalidUri');
    if (asked.blob.length > 1_024 || asked.blob.split('/').length > 254) throw new Refused(400, 'OutOfRangeInput');
    return blobs;
  }

  function requireConditions({ headers }: Asked, there: StoredBlob | undefined): void {
    const match = headers['if-match'];
    if (match !== undefined && (there === undefined || (match !== '*' && match !== there.etag))) throw new Refused(412, 'ConditionNotMet');
    if (headers['if-none-match'] === '*' && there !== undefined) throw new Refused(409, 'BlobAlreadyExists');
  }

  function requireMd5({ headers, body }: Asked): void {
    const sent = headers['content-md5'];
    if (sent !== undefined && sent !== createHash('md5').update(body).digest('base64')) throw new Refused(400, 'Md5Mismatch');
  }

  function store(asked: Asked, blobs: Map<string, StoredBlob>, bytes: Buffer): void {
    if (immutable.has(asked.blob) && blobs.has(asked.blob)) throw new Refused(409, 'BlobImmutableDueToPolicy');
    const metadata = Object.entries(asked.headers).flatMap(([name, value]) =>
      name.startsWith('x-ms-meta-') ? [[name.slice(10), String(value)] as const] : [],
    );
    blobs.set(asked.blob, {
      bytes,
      contentType: String(asked.headers['x-ms-blob-content-type'] ?? 'application/octet-stream'),
      etag: `"0x8D${(++versions).toString(16).toUpperCase().padStart(13, '0')}"`,
      metadata: Object.fromEntries(metadata),
    });
    blocks.delete(`${asked.container}/${asked.blob}`);
  }

  function handle(asked: Asked, response: ServerResponse): void {
    const { method, query } = asked;
    const operation = [method, query.get('restype'), query.get('comp')].filter(Boolean).join(' ');
    const key = `${asked.container}/${asked.blob}`;
    const refusal = interceptor?.({ operation, blob: asked.blob, bytes: asked.body.length });
    if (refusal !== undefined) throw new Refused(refusal.status, refusal.code, undefined, refusal.headers);
    switch (operation) {
      case 'PUT container': {
        authorize(asked, 'c', ['c', 'w']);
        if (containers.has(asked.container)) throw new Refused(409, 'ContainerAlreadyExists');
        containers.set(asked.container, new Map());
        response.writeHead(201).end();
        return;
      }
      case 'GET container':
      case 'HEAD container': {
        authorize(asked, 'c', ['r']);
        if (!containers.has(asked.container)) throw new Refused(404, 'ContainerNotFound');
        response.writeHead(200).end();
        return;
      }
      case 'HEAD':
      case 'GET': {
        authorize(asked, 'o', ['r']);
        const blob = blobsOf(asked).get(asked.blob);
        if (blob === undefined) throw new Refused(404, 'BlobNotFound');
        const metadata = Object.entries(blob.metadata).map(([name, value]) => [`x-ms-meta-${name}`, value]);
        response.writeHead(200, {
          etag: blob.etag,
          'content-type': blob.contentType,
          'content-length': blob.bytes.length,
          ...Object.fromEntries(metadata),
        });
        response.end(method === 'HEAD' ? undefined : blob.bytes);
        return;
      }
      case 'PUT': {
        const granted = authorize(asked, 'o', ['c', 'w']);
        const blobs = blobsOf(asked);
        requireConditions(asked, blobs.get(asked.blob));
        if (blobs.has(asked.blob) && !granted.has('w')) throw new Refused(403, 'UnauthorizedBlobOverwrite');
        requireMd5(asked);
        store(asked, blobs, asked.body);
        response.writeHead(201, { etag: blobs.get(asked.blob)?.etag }).end();
        return;
      }
      case 'PUT block': {
        authorize(asked, 'o', ['w']);
        blobsOf(asked);
        requireMd5(asked);
        const id = query.get('blockid') ?? '';
        const staged = blocks.get(key) ?? new Map<string, Buffer>();
        if ([...staged.keys()].some((other) => other.length !== id.length)) throw new Refused(400, 'InvalidBlobOrBlock');
        blocks.set(key, staged.set(id, asked.body));
        response.writeHead(201).end();
        return;
      }
      case 'PUT blocklist': {
        authorize(asked, 'o', ['w']);
        const blobs = blobsOf(asked);
        requireConditions(asked, blobs.get(asked.blob));
        const staged = blocks.get(key) ?? new Map<string, Buffer>();
        const parts = [...asked.body.toString().matchAll(/<Latest>([^<]+)<\/Latest>/g)].map(([, id = '']) => staged.get(id));
        if (parts.includes(undefined)) throw new Refused(400, 'InvalidBlockList');
        store(asked, blobs, Buffer.concat(parts as Buffer[]));
        response.writeHead(201, { etag: blobs.get(asked.blob)?.etag }).end();
        return;
      }
      case 'DELETE': {
        authorize(asked, 'o', ['d']);
        if (!blobsOf(asked).delete(asked.blob)) throw new Refused(404, 'BlobNotFound');
        response.writeHead(202).end();
        return;
      }
      default:
        throw new Refused(400, 'UnsupportedHttpVerb');
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://service');
    // With the account in the host's name, or, for an address without one, in front of the path.
    const path = url.pathname.split('/').slice(request.headers.host?.startsWith(`${account}.`) ? 1 : 2);
    const [container = '', ...rest] = path.map(decodeURIComponent);
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const asked: Asked = {
      method: request.method ?? '',
      container,
      blob: rest.join('/'),
      query: url.searchParams,
      headers: request.headers,
      body: Buffer.concat(pieces),
    };
    const comp = url.searchParams.get('comp');
    const line = `${asked.method} /${[container, ...rest].join('/')}${comp === null ? '' : `?comp=${comp}`}`;
    try {
      handle(asked, response);
      requests.push({ line, status: response.statusCode, code: '' });
    } catch (error) {
      const { status, code, detail, headers } = error instanceof Refused ? error : new Refused(500, 'InternalError');
      requests.push({ line, status, code });
      const explained =
        detail === undefined ? '' : `<AuthenticationErrorDetail>${detail.replaceAll('&', '&amp;')}</AuthenticationErrorDetail>`;
      response.writeHead(status, { 'x-ms-error-code': code, 'content-type': 'application/xml', ...headers });
      response.end(
        asked.method === 'HEAD'
          ? undefined
          : `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${code} for ${request.url?.replaceAll('&', '&amp;')}</Message>${explained}</Error>`,
      );
    }
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => void answer(request, response).catch(() => response.destroy());
  const server: Server = secure
    ? createTlsServer({ cert: AZURE_CERTIFICATE, key: AZURE_CERTIFICATE_KEY }, listener)
    : createPlainServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    account,
    accountKey,
    certificate: AZURE_CERTIFICATE,
    requests,
    containers,
    immutable,
    broken,
    policies,
    leaveBlock: (container, blob) =>
      void blocks.set(`${container}/${blob}`, new Map([[Buffer.from('another program').toString('base64'), Buffer.from('left')]])),
    intercept(handler) {
      interceptor = handler;
    },
    uncommitted: (container) => [...blocks.keys()].filter((key) => key.startsWith(`${container}/`)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const SIGNED_VERSION = '2021-12-02';

export interface SignatureOptions {
  readonly permissions?: string;
  /** The stored access policy that holds permissions and times, in place of them. */
  readonly policy?: string;
  /** Of the whole account, with these resource types; otherwise of the container. */
  readonly resourceTypes?: string;
  readonly services?: string;
  readonly container?: string;
  readonly startsAt?: string;
  readonly endsAt?: string;
  readonly httpsOnly?: boolean;
}

/** A shared access signature as the portal makes it, with the account's key. */
export function signatureFor(service: Pick<AzureStandIn, 'account' | 'accountKey'>, options: SignatureOptions): string {
  const fields: Record<string, string> = {
    ...(options.policy === undefined
      ? { sp: options.permissions ?? '', se: options.endsAt ?? '2099-01-01T00:00:00Z' }
      : { si: options.policy }),
    ...(options.startsAt !== undefined && { st: options.startsAt }),
    ...(options.httpsOnly === true && { spr: 'https' }),
    sv: SIGNED_VERSION,
    ...(options.resourceTypes === undefined ? { sr: 'c' } : { ss: options.services ?? 'b', srt: options.resourceTypes }),
  };
  const field = (name: string) => fields[name] ?? '';
  const toSign =
    options.resourceTypes === undefined
      ? [
          ...['sp', 'st', 'se'].map(field),
          `/blob/${service.account}/${options.container}`,
          ...['si', 'sip', 'spr', 'sv', 'sr'].map(field),
          ...['', '', '', '', '', '', ''],
        ].join('\n')
      : [service.account, ...['sp', 'ss', 'srt', 'st', 'se', 'sip', 'spr', 'sv', 'ses'].map(field), ''].join('\n');
  const sig = createHmac('sha256', Buffer.from(service.accountKey, 'base64')).update(toSign).digest('base64');
  return new URLSearchParams({ ...fields, sig }).toString();
}

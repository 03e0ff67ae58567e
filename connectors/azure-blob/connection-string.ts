import { ConnectorError } from '@holdfast/connector';
import { isSignatureAlone, parseSignature, type SharedAccessSignature } from './shared-access-signature.ts';

/** What a connection string says, taken apart. */
export interface Account {
  /** Base address of the blob service without query, such as `https://acme.blob.core.windows.net`. */
  readonly endpoint: string;
  /**
   * For people: the account's name where the host says it, else the host. Nothing but what a destination says
   * is shown of a value.
   */
  readonly name: string;
  readonly credential: Credential;
  /** The container that the address names, as a signature of one container does. */
  readonly container?: string;
  /** The directory below it that a signature of a directory is for. */
  readonly directory?: string;
}

export type Credential =
  | { readonly kind: 'account-key'; readonly accountName: string; readonly accountKey: string }
  | { readonly kind: 'shared-access-signature'; readonly query: string; readonly signature: SharedAccessSignature };

/**
 * The emulator's published account: learn.microsoft.com/azure/storage/common/storage-use-azurite. It protects
 * nothing.
 */
const EMULATOR = {
  accountName: 'devstoreaccount1',
  accountKey: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
};

/**
 * Reads what is handed out for a storage account, with an account key or a shared access signature: a
 * connection string, also one whose BlobEndpoint names the container or carries the signature, and the "SAS
 * URL" of an account, container or directory. Format:
 * learn.microsoft.com/azure/storage/common/storage-configure-connection-string. Throws ConnectorError
 * `option_invalid`, naming what is missing and never what is there.
 *
 * @param container - the one that is wanted: tells a container at the end of an address of one's own from a
 * part of that address.
 */
export function parseConnectionString(text: string, container?: string): Account {
  const trimmed = text.trim();
  if (/^https?:\/\//i.test(trimmed)) return withSignature(urlOf(trimmed, 'URL'), undefined, undefined, container);
  if (isSignatureAlone(trimmed)) {
    throw invalid('The value is a signature alone, without the address that it is for.', SIGNATURE_ALONE_REMEDY);
  }
  const settings = settingsOf(trimmed);
  if (settings.get('usedevelopmentstorage')?.toLowerCase() === 'true') return emulator(settings.get('developmentstorageproxyuri'));

  const accountName = settings.get('accountname');
  const endpoint = blobEndpoint(settings, accountName);
  const signature = settings.get('sharedaccesssignature');
  if (signature !== undefined || new URLSearchParams(endpoint.search).has('sig')) {
    return withSignature(endpoint, signature, accountName, container);
  }
  if (endpoint.search !== '') throw invalid('BlobEndpoint in the connection string has a query without a sig.');
  const accountKey = settings.get('accountkey');
  if (accountName === undefined) throw missing('AccountName');
  if (accountKey === undefined) throw missing('AccountKey (or SharedAccessSignature)');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(accountKey) || accountKey.length % 4 !== 0) {
    throw invalid('The AccountKey in the connection string is not complete: it is not valid base64.');
  }
  const place = placeOf(endpoint, accountName, undefined, container);
  if (place.directory !== undefined) throw invalid('BlobEndpoint in the connection string names more than a container.');
  return { ...place, credential: { kind: 'account-key', accountName, accountKey } };
}

const SIGNATURE_ALONE_REMEDY =
  'Put the address of the container in front of it, with a question mark between them: https://ACCOUNT.blob.core.windows.net/CONTAINER?…';

function settingsOf(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  // HTML writes & as &amp;, whose semicolon would end a part.
  for (const part of text.replaceAll('&amp;', '&').split(';')) {
    if (part.trim() === '') continue;
    const equals = part.indexOf('=');
    if (equals < 1) throw invalid('The connection string is not made of Name=Value parts with semicolons between them.');
    const name = part.slice(0, equals).trim().toLowerCase();
    if (settings.has(name)) throw invalid('The connection string names the same part twice.');
    settings.set(name, part.slice(equals + 1).trim());
  }
  if (settings.size === 0) throw invalid('The connection string is empty.');
  return settings;
}

function blobEndpoint(settings: ReadonlyMap<string, string>, accountName: string | undefined): URL {
  const written = settings.get('blobendpoint');
  if (written !== undefined) return urlOf(written, 'BlobEndpoint');
  if (accountName === undefined) throw missing('BlobEndpoint or AccountName');
  if (!/^[a-z0-9]{3,24}$/.test(accountName)) {
    throw invalid('The AccountName in the connection string is not one: 3 to 24 lower-case letters and digits.');
  }
  const scheme = settings.get('defaultendpointsprotocol')?.toLowerCase() ?? 'https';
  if (scheme !== 'https' && scheme !== 'http')
    throw invalid('DefaultEndpointsProtocol in the connection string is neither https nor http.');
  return urlOf(`${scheme}://${accountName}.blob.${endpointSuffix(settings)}`, 'EndpointSuffix');
}

function endpointSuffix(settings: ReadonlyMap<string, string>): string {
  const suffix = settings.get('endpointsuffix') ?? 'core.windows.net';
  const rule = 'Write it like core.windows.net, or leave EndpointSuffix out.';
  if (suffix === '') throw invalid('EndpointSuffix in the connection string is empty.', rule);
  if (suffix.startsWith('.')) throw invalid('EndpointSuffix in the connection string begins with a dot.', rule);
  if (/^blob\./i.test(suffix))
    throw invalid('EndpointSuffix in the connection string begins with blob, which is put in front of it.', rule);
  if (!/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i.test(suffix)) {
    throw invalid('EndpointSuffix in the connection string is not the end of a host name.', rule);
  }
  return suffix;
}

function emulator(proxy: string | undefined): Account {
  const url = proxy === undefined ? undefined : urlOf(proxy, 'DevelopmentStorageProxyUri');
  if (url !== undefined && url.search !== '') throw invalid('DevelopmentStorageProxyUri in the connection string has a query.');
  const host = url === undefined ? 'http://127.0.0.1' : `${url.origin}${url.pathname.replace(/(?<!\/)\/+$/, '')}`;
  return {
    endpoint: `${host}:10000/${EMULATOR.accountName}`,
    name: EMULATOR.accountName,
    credential: { kind: 'account-key', ...EMULATOR },
  };
}

function withSignature(url: URL, written: string | undefined, accountName: string | undefined, container: string | undefined): Account {
  const signature = parseSignature(written ?? url.search);
  const { scope } = signature;
  if (scope === 'blob') {
    throw invalid('The shared access signature is for one blob. Publishing needs one for a container, or for the account.');
  }
  const place = placeOf(url, accountName, scope, container);
  if (scope !== 'directory' && place.directory !== undefined) {
    throw invalid('The address names more than a container, and the signature is not for a directory.');
  }
  if (signature.httpsOnly && url.protocol === 'http:') {
    throw invalid('The shared access signature permits https only (spr), and the address begins with http.');
  }
  return { ...place, credential: { kind: 'shared-access-signature', query: signature.query, signature } };
}

interface Place {
  endpoint: string;
  name: string;
  container?: string;
  directory?: string;
}

/**
 * Divides an address into the account's and what lies in the account. Azure's own hosts name the account
 * (`acme.blob.core.windows.net`), and so does a custom domain; an emulator, known by an address without a
 * name or by the account's name in front, has the account in its path.
 * learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata#resource-uri-syntax
 */
function placeOf(
  url: URL,
  accountName: string | undefined,
  scope: SharedAccessSignature['scope'] | undefined,
  wanted: string | undefined,
): Place {
  const path = url.pathname
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodedSegment);
  const base: string[] = [];
  const inPath = isWithoutName(url.hostname) || (accountName !== undefined && path[0] === accountName);
  if (inPath) base.push(...path.splice(0, 1));
  const azure = url.hostname.includes('.blob.');
  if (!azure && !inPath && (scope === undefined || scope === 'account')) {
    // An address of one's own may have a path that is no container; then only the name that is wanted tells.
    base.push(...path.splice(0, path.at(-1) === wanted ? path.length - 1 : path.length));
  }
  const [container, ...directory] = path;
  return {
    endpoint: [url.origin, ...base.map(encodeURIComponent)].join('/'),
    name: azure ? (url.hostname.split('.')[0] ?? url.host) : url.host,
    ...(container !== undefined && { container }),
    ...(directory.length > 0 && { directory: directory.join('/') }),
  };
}

/** An IP address or a name without a dot, such as localhost. */
function isWithoutName(hostname: string): boolean {
  return hostname.startsWith('[') || /^[\d.]+$/.test(hostname) || !hostname.includes('.');
}

function decodedSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function urlOf(text: string, part: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw invalid(`${part} in the connection string is not an http or https address.`);
  if (url.username !== '' || url.password !== '') throw invalid(`${part} in the connection string holds a user name or password.`);
  if (url.hash !== '') throw invalid(`${part} in the connection string has a #.`);
  return url;
}

function missing(part: string): ConnectorError {
  return invalid(`The connection string has no ${part}.`);
}

function invalid(detail: string, remedy = COPY_REMEDY): ConnectorError {
  return new ConnectorError('option_invalid', detail, { remedy });
}

const COPY_REMEDY =
  'Copy the whole connection string of the storage account (Access keys, or Shared access signature), or the SAS URL of a container, and replace the value.';

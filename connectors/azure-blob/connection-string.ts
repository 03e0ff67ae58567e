import { ConnectorError } from '@holdfast/connector';

/** What a connection string says, taken apart. */
export interface Account {
  /** Base address of the blob service without query, such as `https://acme.blob.core.windows.net`. */
  readonly endpoint: string;
  /** For people: the account's name, or the host where it is not known. */
  readonly name: string;
  readonly credential: Credential;
}

export type Credential =
  | { readonly kind: 'account-key'; readonly accountName: string; readonly accountKey: string }
  | { readonly kind: 'shared-access-signature'; readonly query: string };

/** The emulator's published account: learn.microsoft.com/azure/storage/common/storage-use-azurite. It protects nothing. */
const EMULATOR = {
  accountName: 'devstoreaccount1',
  accountKey: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
};

/**
 * Reads a connection string of a storage account: with an account key, with a shared access signature, of the emulator,
 * or the bare "Blob service SAS URL" that the portal shows beside it.
 * Format: learn.microsoft.com/azure/storage/common/storage-configure-connection-string.
 * Throws ConnectorError `option_invalid`, naming what is missing and never what is there.
 */
export function parseConnectionString(text: string): Account {
  const trimmed = text.trim();
  if (/^https?:\/\//i.test(trimmed)) return fromSignedUrl(trimmed);
  const settings = settingsOf(trimmed);
  if (settings.get('usedevelopmentstorage')?.toLowerCase() === 'true') return emulator(settings.get('developmentstorageproxyuri'));

  const signature = settings.get('sharedaccesssignature');
  const accountName = settings.get('accountname');
  const endpoint = blobEndpoint(settings, accountName);
  if (signature !== undefined) return { endpoint, name: accountName ?? hostOf(endpoint), credential: signed(signature) };
  const accountKey = settings.get('accountkey');
  if (accountName === undefined) throw missing('AccountName');
  if (accountKey === undefined) throw missing('AccountKey (or SharedAccessSignature)');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(accountKey) || accountKey.length % 4 !== 0) {
    throw invalid('The AccountKey in the connection string is not complete: it is not valid base64.');
  }
  return { endpoint, name: accountName, credential: { kind: 'account-key', accountName, accountKey } };
}

function settingsOf(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  for (const part of text.split(';')) {
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

function blobEndpoint(settings: ReadonlyMap<string, string>, accountName: string | undefined): string {
  const written = settings.get('blobendpoint');
  if (written !== undefined) return serviceAddress(written, 'BlobEndpoint');
  if (accountName === undefined) throw missing('BlobEndpoint or AccountName');
  if (!/^[a-z0-9]{3,24}$/.test(accountName)) {
    throw invalid('The AccountName in the connection string is not one: 3 to 24 lower-case letters and digits.');
  }
  const scheme = settings.get('defaultendpointsprotocol')?.toLowerCase() ?? 'https';
  if (scheme !== 'https' && scheme !== 'http')
    throw invalid('DefaultEndpointsProtocol in the connection string is neither https nor http.');
  return serviceAddress(`${scheme}://${accountName}.blob.${settings.get('endpointsuffix') ?? 'core.windows.net'}`, 'EndpointSuffix');
}

function emulator(proxy: string | undefined): Account {
  const host = proxy === undefined ? 'http://127.0.0.1' : serviceAddress(proxy, 'DevelopmentStorageProxyUri');
  return {
    endpoint: `${host}:10000/${EMULATOR.accountName}`,
    name: EMULATOR.accountName,
    credential: { kind: 'account-key', ...EMULATOR },
  };
}

function fromSignedUrl(text: string): Account {
  const url = urlOf(text, 'URL');
  if (url.pathname !== '/') {
    throw invalid('The URL names a container or blob. Use the connection string of the account, or its "Blob service SAS URL".');
  }
  return { endpoint: url.origin, name: url.hostname.split('.')[0] ?? url.hostname, credential: signed(url.search) };
}

function signed(signature: string): Credential {
  const query = signature.replace(/^\?/, '');
  if (!new URLSearchParams(query).has('sig')) throw missing('sig in the shared access signature');
  return { kind: 'shared-access-signature', query };
}

function serviceAddress(text: string, part: string): string {
  const url = urlOf(text, part);
  if (url.search !== '' || url.hash !== '') throw invalid(`${part} in the connection string has a query; it is an address only.`);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function urlOf(text: string, part: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw invalid(`${part} in the connection string is not an http or https address.`);
  if (url.username !== '' || url.password !== '') throw invalid(`${part} in the connection string holds a user name or password.`);
  return url;
}

function hostOf(endpoint: string): string {
  return new URL(endpoint).host;
}

function missing(part: string): ConnectorError {
  return invalid(`The connection string has no ${part}.`);
}

function invalid(detail: string): ConnectorError {
  return new ConnectorError('option_invalid', detail, {
    remedy: 'Copy the whole connection string from the storage account (Access keys, or Shared access signature) and replace the value.',
  });
}

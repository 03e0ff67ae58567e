import { ConnectorError } from '@holdfast/connector';

/**
 * What a shared access signature (SAS) says in clear. Parameters:
 * learn.microsoft.com/rest/api/storageservices/create-service-sas, …/create-account-sas and
 * …/create-user-delegation-sas
 */
export interface SharedAccessSignature {
  /** Percent-encoded once, in the order in which it was written, without `?`. */
  readonly query: string;
  /** Of the whole account (`srt`), or of one container, directory or blob (`sr`). */
  readonly scope: 'account' | 'container' | 'directory' | 'blob';
  /** `sp`; `undefined` when a stored access policy (`si`) holds it, which only the service knows. */
  readonly permissions: string | undefined;
  /** `srt` of an account's signature: s, c, o. */
  readonly resourceTypes: string | undefined;
  /** How many folders deep the directory is that it is for (`sdd`). */
  readonly directoryDepth: number | undefined;
  readonly startsAt: Date | undefined;
  readonly endsAt: Date | undefined;
  readonly httpsOnly: boolean;
  /**
   * Whether `sig` is what the service makes: base64 of 32 bytes. Otherwise a part of it was lost on its way.
   */
  readonly complete: boolean;
}

/** What tells the service what to do, and is no part of a signature: Storage Explorer copies it along. */
const OPERATION = new Set([
  'restype',
  'comp',
  'timeout',
  'prefix',
  'delimiter',
  'maxresults',
  'marker',
  'include',
  'snapshot',
  'versionid',
]);
const SIGNATURE = /^[A-Za-z0-9+/]{43}=$/;

/**
 * Reads a signature as it is handed out or as it comes after a detour. What a detour did is put right where
 * it is certain: a `sig` is base64, so that a space in it was `+` (which a query means as a space when it is
 * not written `%2B`), `%25` is a percent sign encoded twice, `&amp;` is `&` from a page's source, and a
 * missing `=` at the end can only be that. Throws ConnectorError `option_invalid`, naming what is missing and
 * never what is there.
 */
export function parseSignature(text: string): SharedAccessSignature {
  const parameters = parametersOf(text);
  const value = (name: string) => parameters.get(name);
  const sig = value('sig');
  if (sig === undefined || sig === '') throw invalid('The shared access signature has no sig.');
  if (value('ss')?.includes('b') === false) throw invalid('The shared access signature is not for the blob service: its ss has no b.');
  if (value('srt')?.includes('o') === false) {
    throw invalid('The shared access signature is not for objects, which blobs are: its srt has no o.');
  }
  return {
    query: [...parameters].map(([name, each]) => `${encodeURIComponent(name)}=${encodeURIComponent(each)}`).join('&'),
    scope: scopeOf(value('sr'), value('srt')),
    permissions: value('sp'),
    resourceTypes: value('srt'),
    directoryDepth: value('sdd') === undefined ? undefined : Number(value('sdd')),
    startsAt: latest(dateOf(value('st')), dateOf(value('skt'))),
    endsAt: earliest(dateOf(value('se')), dateOf(value('ske'))),
    httpsOnly: value('spr')?.toLowerCase() === 'https',
    complete: SIGNATURE.test(sig),
  };
}

/** Whether a text is a signature alone: what `az storage container generate-sas` prints. */
export function isSignatureAlone(text: string): boolean {
  return (
    !text.includes('://') && !text.replaceAll('&amp;', '&').includes(';') && /(?:^|[?&])sig=/.test(text) && /(?:^|[?&])s[vep]=/.test(text)
  );
}

/** The forms in which the secret part can come back: each is removed from all that is shown. */
export function secretParts({ query }: SharedAccessSignature): string[] {
  const sig = new URLSearchParams(query).get('sig') ?? '';
  return [...new Set([query, sig, encodeURIComponent(sig)])].filter((part) => part !== '');
}

function parametersOf(text: string): Map<string, string> {
  const written = text.trim().replace(/^\?/, '').replaceAll('&amp;', '&');
  const pairs = written
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair): [string, string] => {
      const equals = pair.indexOf('=');
      return equals < 0 ? [pair, ''] : [pair.slice(0, equals).toLowerCase(), pair.slice(equals + 1)];
    });
  // Encoded twice: all of it, since it went through as one.
  const twice = pairs.some(([name, value]) => name === 'sig' && /%25[0-9a-f]{2}/i.test(value));
  const parameters = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (OPERATION.has(name)) continue;
    if (parameters.has(name)) throw invalid('The shared access signature names the same parameter twice.');
    const once = decoded(value);
    parameters.set(name, name === 'sig' ? repairedSig(twice ? decoded(once) : once) : twice ? decoded(once) : once);
  }
  return parameters;
}

function repairedSig(sig: string): string {
  const base64 = sig.replaceAll(' ', '+');
  return SIGNATURE.test(`${base64}=`) ? `${base64}=` : base64;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function scopeOf(sr: string | undefined, srt: string | undefined): SharedAccessSignature['scope'] {
  if (sr === undefined && srt !== undefined) return 'account';
  switch (sr) {
    case undefined:
    case 'c':
      return 'container';
    case 'd':
      return 'directory';
    case 'b':
    case 'bs':
    case 'bv':
      return 'blob';
    default:
      throw invalid('The shared access signature is not for a container: its sr is not one of c and d.');
  }
}

/** ISO 8601 in UTC, as a date or with minutes or seconds. What is no date is the service's to refuse. */
function dateOf(text: string | undefined): Date | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time);
}

function latest(a: Date | undefined, b: Date | undefined): Date | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}

function earliest(a: Date | undefined, b: Date | undefined): Date | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a;
}

function invalid(detail: string): ConnectorError {
  return new ConnectorError('option_invalid', detail, {
    remedy: 'Copy the whole SAS URL of the container, or the connection string of the storage account, and replace the value.',
  });
}

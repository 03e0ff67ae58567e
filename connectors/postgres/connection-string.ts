import { destinationOf, hostOfDestination, withBrackets } from '@holdfast/configuration';
import { ConnectorError } from '@holdfast/connector';

/** What a connection string says. */
export interface Server {
  /** A name or an address, an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** With TLS the certificate is always checked. */
  readonly tls: boolean;
  /** `postgres://host:port` */
  readonly destination: string;
  /** What is secret by itself, as it is sent and as it is written. */
  readonly secretParts: readonly string[];
}

/** Settings that change nothing here. All others are refused: some of them lead to another host. */
const PASSED_OVER = new Set([
  'application_name',
  'channel_binding',
  'connect_timeout',
  'gssencmode',
  'keepalives',
  'keepalives_count',
  'keepalives_idle',
  'keepalives_interval',
  'pgbouncer',
  'pool_timeout',
  'connection_limit',
  'sslnegotiation',
  'target_session_attrs',
]);
const FORM = 'Write it as postgres://USER:PASSWORD@HOST:PORT/DATABASE, and replace the value.';
const ENCODE = `Percent-encode what is not a letter or digit in the user name and the password (@ as %40, / as %2F). ${FORM}`;

/**
 * Reads a connection URI (postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS) or the pairs
 * of `key=value` beside it there. User, password, one host and database have to be there; nothing is taken
 * from the environment. Of a URI its host is named by the value itself; pairs name none, so that somebody
 * approves.
 *
 * @throws ConnectorError `option_invalid`, which repeats nothing of the text.
 */
export function parseConnectionString(text: string): Server {
  const written = text.trim();
  const trimmed = /^(?:\s*\w+\s*=)/.test(written) ? uriOfPairs(written) : written;
  if (!/^postgres(?:ql)?:\/\//i.test(trimmed)) throw invalid('does not begin with postgres://');
  const url = URL.parse(trimmed);
  if (url === null) throw invalid('is not a URL', ENCODE);
  if (url.hash !== '') throw invalid('has a # in it', ENCODE);
  // Else what looks like the host is a piece of the password.
  if (/^[^:]+:\/\/[^/?]*[/?].*@/s.test(trimmed)) throw invalid('has an @ after its host', ENCODE);
  const hostname = url.hostname.toLowerCase();
  if (hostname === '') throw invalid('names no host');
  if (hostname.includes(',')) throw invalid('names several hosts', `Name the one that takes writes. ${FORM}`);
  const port = url.port === '' ? 5432 : Number(url.port);
  // Normalised, as what the value names is: 127.1 is 127.0.0.1.
  const destination = destinationOf(`postgres://${hostname}:${port}`);
  if (destination === undefined) throw invalid('names a host that is not one', ENCODE);
  const [user, password] = [decoded(url.username), decoded(url.password)];
  if (user === '') throw invalid('names no user');
  if (password === '') throw invalid('has no password');
  const database = decoded(url.pathname.replace(/^\//, ''));
  if (database === '') throw invalid('names no database');
  const host = hostOfDestination(destination);
  return {
    host,
    port,
    user,
    password,
    database,
    tls: tlsOf(url.searchParams, host),
    destination,
    secretParts: [...new Set([password, url.password])],
  };
}

/** A value is as it is, or stands in single quotes; a backslash takes the next character as it is. */
const PAIR = /\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)+))(?=\s|$)/sy;
const OF_THE_URI = new Set(['host', 'port', 'user', 'password', 'dbname']);

/** The same as a URI, whose rules then hold. */
function uriOfPairs(text: string): string {
  const pairs = new Map<string, string>();
  PAIR.lastIndex = 0;
  let end = 0;
  for (let match = PAIR.exec(text); match !== null; match = PAIR.exec(text)) {
    const [, name = '', quoted, plain = ''] = match;
    if (!OF_THE_URI.has(name) && name !== 'sslmode' && !PASSED_OVER.has(name)) {
      throw invalid('has a setting that is not known here', 'Leave out all but host, port, user, password, dbname and sslmode.');
    }
    if (pairs.has(name)) throw invalid('names a setting twice');
    pairs.set(name, (quoted ?? plain).replace(/\\(.)/gs, '$1'));
    end = PAIR.lastIndex;
  }
  if (text.slice(end).trim() !== '') {
    throw invalid(
      'has a part that is no key=value',
      'Put values with spaces in single quotes, and a backslash before quotes and backslashes.',
    );
  }
  const part = (name: string) => encodeURIComponent(pairs.get(name) ?? '');
  const host = pairs.get('host') ?? '';
  // A socket of this machine, or what would end the host of a URI.
  if (/[/@?#\\\s]/.test(host)) throw invalid('names a host that is not one');
  const port = pairs.get('port') ?? '';
  if (!/^\d{0,5}$/.test(port)) throw invalid('names a port that is not a number');
  const sslmode = pairs.has('sslmode') ? `?sslmode=${part('sslmode')}` : '';
  return `postgres://${part('user')}:${part('password')}@${withBrackets(host)}${port === '' ? '' : `:${port}`}/${part('dbname')}${sslmode}`;
}

function tlsOf(settings: URLSearchParams, host: string): boolean {
  for (const name of settings.keys()) {
    if (name !== 'sslmode' && !PASSED_OVER.has(name)) {
      throw invalid(
        'has a setting after the ? that is not known here',
        'Leave out what stands after the ?, except sslmode. A certificate authority goes into the option of that name.',
      );
    }
  }
  switch (settings.get('sslmode')) {
    case null:
      return !/^(?:localhost|127(?:\.\d+){3}|::1)$/.test(host);
    case 'require':
    case 'verify-ca':
    case 'verify-full':
      return true;
    case 'disable':
      return false;
    default:
      throw invalid(
        'has an sslmode that is not offered here',
        'Write sslmode=verify-full, or sslmode=disable for a server in a private network that has no TLS. allow and prefer may send the password in clear.',
      );
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid('has a % that begins no code', ENCODE);
  }
}

function invalid(what: string, remedy = FORM): ConnectorError {
  return new ConnectorError('option_invalid', `The connection string ${what}.`, { remedy });
}

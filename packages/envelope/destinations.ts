/** `scheme://host:port`, all in lower case, with the port always written; an IPv6 address in brackets. */
export const DESTINATION_PATTERN = /^(?=.{1,300}$)[a-z][a-z0-9+.-]*:\/\/(?:\[[0-9a-f:.]+\]|[a-z0-9.-]+):[0-9]{1,5}$/;

/**
 * What becomes of a use whose destination nobody has approved: `enforce` refuses it, `observe` lets it go on
 * and records it.
 */
export const DESTINATION_MODES = ['enforce', 'observe'] as const;
export type DestinationMode = (typeof DESTINATION_MODES)[number];

/**
 * The port that a scheme stands for when none is written. Schemes not listed name no destination without a
 * port.
 */
const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
  postgres: 5432,
  mysql: 3306,
  mariadb: 3306,
  sqlserver: 1433,
  mongodb: 27017,
  'mongodb+srv': 27017,
  redis: 6379,
  rediss: 6379,
  amqp: 5672,
  amqps: 5671,
  kafka: 9092,
  nats: 4222,
  ftp: 21,
  ftps: 990,
  sftp: 22,
  ssh: 22,
  smtp: 587,
  smtps: 465,
  ldap: 389,
  ldaps: 636,
};
/** Spellings of the same protocol. */
const SCHEME_ALIASES: Readonly<Record<string, string>> = { postgresql: 'postgres', mssql: 'sqlserver' };

/**
 * The destinations that a value names by itself, sorted: the host of a URL, every host of a database URL with
 * several, or the endpoints of a connection string made of `Key=Value;` (Azure Storage, Service Bus, Cosmos
 * DB, SQL Server). Sealing a value approves them. A value that merely contains a URL somewhere in longer text
 * names none.
 */
export function namedDestinations(value: string): string[] {
  const text = value.trim();
  if (text === '' || /[\r\n]/.test(text)) return [];
  const found = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? destinationsOfUrl(text) : destinationsOfSettings(text);
  return [...new Set(found)].filter((destination) => DESTINATION_PATTERN.test(destination)).sort();
}

/**
 * The one destination of a URL: `https://Example.com/a?b` is `https://example.com:443`. `undefined` when the
 * text is not a URL with one host and a known port.
 */
export function destinationOf(url: string): string | undefined {
  const found = destinationsOfUrl(url.trim()).filter((destination) => DESTINATION_PATTERN.test(destination));
  return found.length === 1 ? found[0] : undefined;
}

function destinationsOfUrl(text: string): string[] {
  const parts = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i.exec(text);
  if (parts === null) return [];
  const written = (parts[1] ?? '').toLowerCase();
  const scheme = SCHEME_ALIASES[written] ?? written;
  const authority = parts[2] ?? '';
  // The dialer's URL parser and this one must not see different hosts: browsers end a host at a backslash and
  // drop tabs.
  if (!/^[!-~\u00a1-\uffff]*$/.test(authority) || authority.includes('\\')) return [];
  // An @ after the first slash of a database URL is an unescaped password: what looks like the host is a part
  // of it.
  if (!/^(http|ws)s?$/.test(scheme) && text.slice(parts[0].length).includes('@')) return [];
  // What stands before the last @ is a user and password; a password may itself hold an unescaped @.
  const hosts = authority.slice(authority.lastIndexOf('@') + 1);
  return hosts.split(',').flatMap((host) => destinationAt(scheme, host));
}

/**
 * Lets the URL parser normalise the host: case, punycode, percent escapes, IPv4 written as a number, IPv6
 * zeros.
 */
function destinationAt(scheme: string, hostAndPort: string): string[] {
  let parsed: URL;
  try {
    // A special scheme is needed for the parser to normalise hosts; ftp's default port is the one nobody
    // means otherwise.
    parsed = new URL(`ftp://${hostAndPort}/`);
  } catch {
    return [];
  }
  if (parsed.username !== '' || parsed.password !== '' || !isHost(parsed.hostname)) return [];
  const written = /:([0-9]+)$/.exec(hostAndPort)?.[1];
  const port = written === undefined ? DEFAULT_PORTS[scheme] : Number(written);
  if (port === undefined || port < 1) return [];
  return [`${scheme}://${parsed.hostname}:${port}`];
}

/** RFC 1035, section 2.3.4: a longer name has no address anywhere. */
const LABEL_MAXIMUM = 63;
const NAME_MAXIMUM = 253;

/** @param hostname as the URL parser gives it. A dot at its end is no part of the name. */
function isHost(hostname: string): boolean {
  if (hostname.startsWith('[')) return true;
  const name = hostname.replace(/\.$/, '');
  return name.length <= NAME_MAXIMUM && name.split('.').every((label) => label !== '' && label.length <= LABEL_MAXIMUM);
}

function destinationsOfSettings(text: string): string[] {
  const settings = settingsOf(text);
  if (settings === undefined) return [];
  return [...azureStorage(settings), ...azureEndpoints(settings), ...sqlServer(settings)];
}

/**
 * `Key=Value;Key=Value`, with keys in lower case. `undefined` when a part has no `=`, or a key is repeated.
 */
function settingsOf(text: string): ReadonlyMap<string, string> | undefined {
  const settings = new Map<string, string>();
  for (const part of text.split(';')) {
    if (part.trim() === '') continue;
    const equals = part.indexOf('=');
    if (equals < 1) return undefined;
    const key = part.slice(0, equals).trim().toLowerCase();
    if (settings.has(key)) return undefined;
    settings.set(key, part.slice(equals + 1).trim());
  }
  return settings;
}

const AZURE_STORAGE_ENDPOINTS = ['blob', 'queue', 'table', 'file', 'dfs'].flatMap((service) => [
  `${service}endpoint`,
  `${service}secondaryendpoint`,
]);

/**
 * learn.microsoft.com/azure/storage/common/storage-configure-connection-string. Endpoints that are written
 * count, with an account key or a shared access signature alike. A string that names only its account stands
 * for the account's blob service: its other services are approved when something is configured to use them.
 */
function azureStorage(settings: ReadonlyMap<string, string>): string[] {
  if (settings.get('usedevelopmentstorage')?.toLowerCase() === 'true') {
    const proxy = settings.get('developmentstorageproxyuri');
    if (proxy === undefined) return ['http://127.0.0.1:10000'];
    const host = /^(https?):\/\/([^/?#:@]+|\[[^\]]+\])\/?$/i.exec(proxy);
    return host === null ? [] : destinationAt((host[1] ?? '').toLowerCase(), `${host[2]}:10000`);
  }
  const endpoints = AZURE_STORAGE_ENDPOINTS.flatMap((key) => settings.get(key) ?? []);
  if (endpoints.length > 0) return endpoints.flatMap(destinationsOfUrl);
  const account = settings.get('accountname');
  if (account === undefined || !/^[a-z0-9]{3,24}$/.test(account)) return [];
  const scheme = (settings.get('defaultendpointsprotocol') ?? 'https').toLowerCase();
  if (scheme !== 'https' && scheme !== 'http') return [];
  const suffix = settings.get('endpointsuffix') ?? 'core.windows.net';
  // A suffix that is not the end of a host name is refused where the value is used; it names nothing.
  if (!/^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(suffix)) return [];
  return destinationAt(scheme, `${account}.blob.${suffix}`);
}

/**
 * Service Bus and Event Hubs (`Endpoint=sb://…`, spoken as AMQP or HTTPS), Cosmos DB and others
 * (`AccountEndpoint=https://…`).
 */
function azureEndpoints(settings: ReadonlyMap<string, string>): string[] {
  return ['endpoint', 'accountendpoint', 'ingestionendpoint', 'serviceurl'].flatMap((key) => {
    const endpoint = settings.get(key);
    if (endpoint === undefined) return [];
    const bus = /^sb:\/\/([^/?#:@]+)\/?$/i.exec(endpoint)?.[1];
    return bus === undefined ? destinationsOfUrl(endpoint) : [...destinationAt('amqps', bus), ...destinationAt('https', bus)];
  });
}

/**
 * `Server=tcp:db.example.com,1433;…`. Without `tcp:` or a port, `Initial Catalog` is what tells it from
 * MySQL's strings. A named instance (`host\\name`) has no fixed port and names no destination.
 */
function sqlServer(settings: ReadonlyMap<string, string>): string[] {
  const server = settings.get('server') ?? settings.get('data source') ?? '';
  const parts = /^(tcp:)?([a-z0-9.-]+)(?:,([0-9]{1,5}))?$/i.exec(server);
  if (parts === null) return [];
  const [, protocol, host, port] = parts;
  if (protocol === undefined && port === undefined && !settings.has('initial catalog')) return [];
  return destinationAt('sqlserver', `${host}:${port ?? DEFAULT_PORTS.sqlserver}`);
}

import { allowedHost, egressRule, isLoopback, listenAddress, network, origin, serviceAddress } from './schemas/addresses.ts';
import { bucketEndpoint, bucketName, bucketRegion, objectPrefix } from './schemas/bucket.ts';
import { accounts, oneOf, path, text, wholeNumber } from './schemas/plain.ts';
import { byteSize, diskReserve } from './schemas/sizes.ts';
import { smtpUrl } from './schemas/smtp-url.ts';
import { sourceFolders } from './schemas/source-folders.ts';
import { listOf, type TextSchema } from './schemas/text.ts';

/**
 * Who uses a setting: the processes of the two planes, the launcher by itself, and clients (the commands of a
 * person, and programs that use the SDK). `holdfast start` reads those of both planes too, and hands each
 * plane its own.
 */
export type Program = 'control' | 'data' | 'launcher' | 'client';

export interface Setting {
  /**
   * The environment variable. Unless it ends in `_FILE` itself, `<variable>_FILE` may name a file that holds
   * the value.
   */
  readonly variable: string;
  readonly for: readonly Program[];
  readonly schema: TextSchema<unknown>;
  /** The text that holds when the variable is not set. Without it the value is `undefined`. */
  readonly default?: string;
  /** For the documentation, where the default is not a text. */
  readonly defaultInWords?: string;
  /** Holds a credential: no message repeats it, and the documentation advises the `_FILE` form. */
  readonly secret?: true;
  /** One paragraph of Markdown, with units and limits. */
  readonly documentation: string;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Every setting of Holdfast, in the order of docs/guides/configuration.md, which `node
 * tools/configuration-guide.ts` makes.
 */
export const SETTINGS = {
  home: {
    variable: 'HOLDFAST_HOME',
    for: ['launcher', 'control', 'data'],
    schema: path,
    // The launcher looks for it in the clone (launcher/home/home.ts), and gives each plane its path.
    default: '.holdfast',
    defaultInWords: '`.holdfast` in the clone',
    documentation:
      'The folder of all state: database, keys, logs, checkpoints. Private (0700). One running instance each. A relative path is one from the working directory. Not set, and no state in the clone: a `.holdfast` of this account in the working directory is used where one is, and the command says so',
  },
  controlListen: {
    variable: 'HOLDFAST_CONTROL_LISTEN',
    for: ['control'],
    schema: listenAddress,
    default: '127.0.0.1:7400',
    documentation: 'host:port of the console and the API',
  },
  dataListen: {
    variable: 'HOLDFAST_DATA_LISTEN',
    for: ['data'],
    schema: listenAddress,
    default: '127.0.0.1:7401',
    documentation: "host:port of the data plane's health, webhooks and upload addresses and, later, bridges",
  },
  publicUrl: {
    variable: 'HOLDFAST_PUBLIC_URL',
    for: ['control'],
    schema: origin,
    defaultInWords: "`http://` + the control plane's address",
    documentation:
      'Where people reach the console, behind a proxy that does TLS. When it is https, cookies are `__Host-` cookies: `Secure` and bound to that very host. Browsers seal only on https or localhost',
  },
  dataPublicUrl: {
    variable: 'HOLDFAST_DATA_PUBLIC_URL',
    for: ['control'],
    schema: origin,
    defaultInWords: "`http://` + the data plane's address, when both planes are started together",
    documentation:
      'Where services reach the data plane, behind a proxy that does TLS: what the console shows as the address of a webhook or an upload, and where browsers are led to download a document that lies in the bucket. Its host name belongs in `HOLDFAST_ALLOWED_HOSTS` too',
  },
  allowedHosts: {
    variable: 'HOLDFAST_ALLOWED_HOSTS',
    for: ['control', 'data'],
    schema: listOf(allowedHost),
    default: '',
    documentation:
      'Comma-separated further names under which both planes may be asked, such as `holdfast.internal` or `10.0.0.5:7400`. Always allowed: the addresses they listen on, `localhost` when that is this machine, and the public address. Another `Host` is answered 421, since a page of a foreign name may lead there (DNS rebinding). `/health/live` and `/health/ready` also answer under any IP address, or without a `Host`, for probes',
  },
  trustedProxies: {
    variable: 'HOLDFAST_TRUSTED_PROXIES',
    for: ['control', 'data'],
    schema: listOf(network),
    default: '',
    documentation:
      'Comma-separated addresses or CIDR networks of reverse proxies. Their `X-Forwarded-For` is believed, from its right end up to the first address that is none of them; from anybody else it is ignored. Without it, everybody behind a proxy counts as one address. The proxy must set the header itself; `Forwarded` and `X-Forwarded-Host` are not read',
  },
  databaseUrl: {
    variable: 'DATABASE_URL',
    for: ['control', 'data'],
    schema: text,
    defaultInWords: 'embedded PostgreSQL 18',
    secret: true,
    documentation:
      "With `holdfast start`: a PostgreSQL ≥ 16 as the owner of the database, which may create roles ([below](#your-own-postgresql)). With `holdfast control` and `holdfast data`: the plane's own role",
  },
  rootKeyFile: {
    variable: 'HOLDFAST_ROOT_KEY_FILE',
    for: ['data'],
    schema: path,
    defaultInWords: '`HOLDFAST_HOME/keys/root.key`',
    documentation: 'The root key (0400). Made at the first start, when the database holds no key yet. The same at every data plane',
  },
  sessionKeyFile: {
    variable: 'HOLDFAST_SESSION_KEY_FILE',
    for: ['control'],
    schema: path,
    defaultInWords: '`HOLDFAST_HOME/control/session.key`',
    documentation:
      'Signs session cookies (0400). Losing it signs everybody out. The same at every control plane: a second one with another does not start',
  },
  smtp: {
    variable: 'HOLDFAST_SMTP_URL',
    for: ['data'],
    schema: smtpUrl,
    defaultInWords: '–',
    secret: true,
    documentation:
      '`smtps://user:password@host:465?from=address`, or `smtp` and 587, where STARTTLS is demanded except from a server on this machine. With it, invitations, links for a new password and notices about accounts go by mail; without, the operator makes the links ([accounts](command-line.md#accounts-for-the-operator)). Set it at every data plane. The setting itself allows the address of that server. Special characters in user and password are percent-encoded',
  },
  egressAllow: {
    variable: 'HOLDFAST_EGRESS_ALLOW',
    for: ['data'],
    schema: listOf(egressRule),
    default: '',
    documentation:
      'Comma-separated `host:port` or CIDR that workflows may reach although it is private, loopback or link-local. `organization=host:port` and `organization=10.0.0.0/8` are for one organization alone, by its short name or, so that nobody who writes the database can give its name to another, by its id',
  },
  sourceFolders: {
    variable: 'HOLDFAST_SOURCE_FOLDERS',
    for: ['data'],
    schema: sourceFolders,
    default: '',
    documentation:
      'Comma-separated `organization:name=/absolute/path`: folders of this machine that workflows of that organization may read. With several data planes, a run goes to one that has its folder; two that name the same one share it',
  },
  accounts: {
    variable: 'HOLDFAST_ACCOUNTS',
    for: ['launcher'],
    schema: accounts,
    defaultInWords: '`60740`',
    documentation:
      'For root: the first of four unused account numbers, for the group, control, data and PostgreSQL; or `shared`: both planes run as root (PostgreSQL never does). [More](processes-and-accounts.md)',
  },
  documentQuotaBytes: {
    variable: 'HOLDFAST_DOCUMENT_QUOTA',
    for: ['control', 'data'],
    schema: byteSize,
    default: '10GiB',
    documentation:
      'Documents that one organization may keep, uploaded, read by connectors and made by models. Beyond it uploads are answered 507 `document_quota_exceeded`, and what a run would add fails with the same code',
  },
  documentsBucket: {
    variable: 'HOLDFAST_DOCUMENTS_BUCKET',
    for: ['data'],
    schema: bucketName,
    defaultInWords: '–',
    documentation:
      'Name of an S3-compatible bucket that keeps the bytes of documents in place of PostgreSQL, with the five settings that follow. The same at every data plane. Uploads still come into PostgreSQL, and are moved from there. [More](deployment.md#documents-in-a-bucket)',
  },
  documentsEndpoint: {
    variable: 'HOLDFAST_DOCUMENTS_ENDPOINT',
    for: ['data'],
    schema: bucketEndpoint,
    default: 'https://{bucket}.s3.{region}.amazonaws.com',
    documentation:
      'URL of its service, with `http` or `https`; `{region}` and `{bucket}` stand for the other settings. Without `{bucket}.` in front of the host the bucket is a part of the path (MinIO, Ceph, R2). The setting itself allows the address',
  },
  documentsRegion: {
    variable: 'HOLDFAST_DOCUMENTS_REGION',
    for: ['data'],
    schema: bucketRegion,
    default: 'us-east-1',
    documentation: 'Region of the bucket',
  },
  documentsPrefix: {
    variable: 'HOLDFAST_DOCUMENTS_PREFIX',
    for: ['data'],
    schema: objectPrefix,
    default: 'documents/',
    documentation:
      'Put in front of each key. What is below it belongs to this instance alone: objects there that no document names are removed after a day',
  },
  documentsAccessKeyId: {
    variable: 'HOLDFAST_DOCUMENTS_ACCESS_KEY_ID',
    for: ['data'],
    schema: text,
    defaultInWords: '–',
    secret: true,
    documentation: 'First half of the key pair for the bucket',
  },
  documentsSecretAccessKey: {
    variable: 'HOLDFAST_DOCUMENTS_SECRET_ACCESS_KEY',
    for: ['data'],
    schema: text,
    defaultInWords: '–',
    secret: true,
    documentation:
      'Second half. It may `s3:PutObject`, `s3:GetObject`, `s3:DeleteObject` and `s3:AbortMultipartUpload` below the prefix, and `s3:ListBucket`',
  },
  diskReserve: {
    variable: 'HOLDFAST_DISK_RESERVE',
    for: ['control', 'data'],
    schema: diskReserve,
    defaultInWords: '`1GiB` with the embedded PostgreSQL, else `0`',
    documentation:
      "What uploads, to the API, a webhook or an upload address, leave free on the disk of the home, as a size or a part (`5%`): below it they are answered 507 `storage_full`, and everything else goes on. Of an external PostgreSQL's disk nothing can be seen; there it answers 507 when PostgreSQL itself finds no space",
  },
  readsPerSecond: {
    variable: 'HOLDFAST_READS_PER_SECOND',
    for: ['control'],
    schema: wholeNumber(1, 999_999),
    default: '200',
    documentation:
      'Requests that read, of one person, lasting; ten times as many at once, at each control plane. An organization has four times as much. Beyond it: 429 with `Retry-After`',
  },
  changesPerSecond: {
    variable: 'HOLDFAST_CHANGES_PER_SECOND',
    for: ['control'],
    schema: wholeNumber(1, 999_999),
    default: '100',
    documentation: 'The same for requests that change something',
  },
  runSlots: {
    variable: 'HOLDFAST_RUN_SLOTS',
    for: ['data'],
    schema: wholeNumber(1, 64),
    default: '4',
    documentation:
      'Runs that one data plane executes at once (1 to 64). They are shared fairly between organizations: one that has more than another gives slots up while that one waits',
  },
  runsOfOrganization: {
    variable: 'HOLDFAST_RUNS_PER_ORGANIZATION',
    for: ['control', 'data'],
    schema: wholeNumber(1, 10_000),
    default: '100',
    documentation:
      'Runs of one organization that are under way at once, on all data planes (1 to 10000); beyond it they wait. The same at every node. Each workflow has a limit of its own beside it, which its editors set',
  },
  runMaximumHours: {
    variable: 'HOLDFAST_RUN_MAXIMUM_HOURS',
    for: ['data'],
    schema: wholeNumber(1, 8_760),
    default: '24',
    documentation:
      'How long a run may take from its start (1 to 8760 hours), waits between its turns and stops of the data plane included. Then it ends as failed (`run_too_long`): what is under way is stopped, what is published stays, and it can be taken up again for as long. The same at every data plane. [More](workflows.md#what-failed-once-more)',
  },
  documentRetentionDays: {
    variable: 'HOLDFAST_DOCUMENT_RETENTION_DAYS',
    for: ['control', 'data'],
    schema: wholeNumber(0, 36_500),
    default: '30',
    documentation:
      'Documents of a run are removed so many days after its end, unless the organization or the workflow says otherwise; until then it can be started again with them. `0` removes them within the hour. The same at every node',
  },
  requestDeadlineSeconds: {
    variable: 'HOLDFAST_REQUEST_DEADLINE_SECONDS',
    for: ['data'],
    schema: wholeNumber(1, 86_400),
    default: '600',
    documentation:
      'How long one request to a service may take, from the look-up of its name to the last byte of its answer; over SFTP, all that is asked of the server for one document (1 to 86400). A longer document has this time for each 64 MiB',
  },
  minimumTransferRate: {
    variable: 'HOLDFAST_MINIMUM_TRANSFER_RATE',
    for: ['data'],
    schema: wholeNumber(0, 1_048_576),
    default: '1024',
    documentation:
      'Bytes a second. A transfer, in either direction, that stays below for 30 seconds is ended and tried again. `0` for any rate',
  },
  metrics: {
    variable: 'HOLDFAST_METRICS',
    for: ['control', 'data'],
    schema: oneOf(['on', 'off']),
    defaultInWords: '`on` for a plane that listens on this machine alone (loopback), else `off`',
    documentation:
      '`/metrics` of both planes, for Prometheus: counts, durations and sizes, without names of organizations or secrets. It asks nobody who they are, so on an address that others reach it has to be switched on ([more](deployment.md#metrics))',
  },
  logLevel: {
    variable: 'HOLDFAST_LOG_LEVEL',
    for: ['control', 'data'],
    schema: oneOf(LOG_LEVELS),
    default: 'info',
    documentation: '`debug`, `info`, `warn`, `error` or `silent`',
  },
  url: {
    variable: 'HOLDFAST_URL',
    for: ['client'],
    schema: serviceAddress,
    defaultInWords: 'what `holdfast login` kept, else `http://127.0.0.1:7400`',
    documentation: 'Where the control plane is',
  },
  token: {
    variable: 'HOLDFAST_TOKEN',
    for: ['client'],
    schema: text,
    defaultInWords: 'what `holdfast login` kept',
    secret: true,
    documentation: 'A token of yours',
  },
  organization: {
    variable: 'HOLDFAST_ORGANIZATION',
    for: ['client'],
    schema: text,
    defaultInWords: 'what `holdfast login` kept',
    documentation: 'Short name or id of the organization',
  },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof SETTINGS;

/** Pairs that exclude each other. */
export const CONFLICTS: readonly {
  readonly between: readonly [SettingName, SettingName];
  readonly when: (first: unknown, second: unknown) => boolean;
  readonly remedy: string;
}[] = [
  {
    between: ['controlListen', 'dataListen'],
    when: (control, data) => {
      const [a, b] = [control, data] as { host: string; port: number }[];
      if (a === undefined || b === undefined || a.port === 0 || a.port !== b.port) return false;
      const hosts = [a.host, b.host];
      // `localhost` is one of the loopback addresses; which one, the machine says.
      return a.host === b.host || hosts.some(isEveryAddress) || (hosts.includes('localhost') && hosts.every(isLoopback));
    },
    remedy: 'Give each plane a port of its own.',
  },
];

/** Who listens on it has the port of every address. */
function isEveryAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

import { destinationOf } from '@holdfast/envelope';
import type { readSettings } from '@holdfast/settings';
import { ConfigurationError } from '@holdfast/settings';

/** The operator's bucket for documents. */
export interface BucketSettings {
  /** Without the bucket, without `/` at the end. */
  readonly endpoint: string;
  /** Of what is dialled. */
  readonly host: string;
  readonly port: number;
  readonly destination: string;
  /** The bucket is a part of the path in place of the host. */
  readonly pathStyle: boolean;
  readonly region: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

type Settings = Pick<
  ReturnType<typeof readSettings>,
  'documentsBucket' | 'documentsEndpoint' | 'documentsRegion' | 'documentsPrefix' | 'documentsAccessKeyId' | 'documentsSecretAccessKey'
>;

/**
 * Undefined when no bucket is set.
 *
 * @throws ConfigurationError naming the variable that is missing or wrong.
 */
export function bucketSettings(settings: Settings): BucketSettings | undefined {
  const { documentsBucket: bucket, documentsRegion: region, documentsPrefix: prefix } = settings;
  const { documentsAccessKeyId: accessKeyId, documentsSecretAccessKey: secretAccessKey } = settings;
  if (bucket === undefined) return undefined;
  if (!/^[a-z0-9](?:\.?[a-z0-9-])*[a-z0-9]$/.test(bucket)) {
    throw new ConfigurationError('HOLDFAST_DOCUMENTS_BUCKET is not the name of a bucket: lower-case letters, digits, hyphens and dots.');
  }
  if (!/^[A-Za-z0-9-]{1,40}$/.test(region)) throw new ConfigurationError('HOLDFAST_DOCUMENTS_REGION is not the name of a region.');
  if (!/^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*$/.test(prefix)) {
    throw new ConfigurationError('HOLDFAST_DOCUMENTS_PREFIX is not made of names that each end with /, such as holdfast/documents/.');
  }
  const set = 'is not set, and HOLDFAST_DOCUMENTS_BUCKET is. Name a file that holds it, with _FILE at the end of the variable.';
  if (accessKeyId === undefined) throw new ConfigurationError(`HOLDFAST_DOCUMENTS_ACCESS_KEY_ID ${set}`);
  if (secretAccessKey === undefined) throw new ConfigurationError(`HOLDFAST_DOCUMENTS_SECRET_ACCESS_KEY ${set}`);
  const pathStyle = !settings.documentsEndpoint.includes('://{bucket}.');
  const endpoint = settings.documentsEndpoint.replace('{bucket}.', '').replaceAll('{region}', region).replace(/\/$/, '');
  const url = URL.parse(pathStyle ? endpoint : endpoint.replace('://', `://${bucket}.`));
  const destination = url === null ? undefined : destinationOf(url.href);
  if (url === null || destination === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.username !== '') {
    throw new ConfigurationError('HOLDFAST_DOCUMENTS_ENDPOINT is not a URL with http or https, without user and query.');
  }
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  return {
    endpoint,
    host: url.hostname,
    port,
    destination,
    pathStyle,
    region,
    bucket,
    prefix,
    accessKeyId,
    secretAccessKey,
  };
}

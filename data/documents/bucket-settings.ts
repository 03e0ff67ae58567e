import { destinationOf } from '@holdfast/envelope';
import { ConfigurationError, type readSettings, requireSetting, SETTINGS } from '@holdfast/settings';

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
 * @throws ConfigurationError naming the variable that is missing, or the endpoint that no address comes of.
 */
export function bucketSettings(settings: Settings): BucketSettings | undefined {
  const { documentsBucket: bucket, documentsRegion: region, documentsPrefix: prefix } = settings;
  if (bucket === undefined) return undefined;
  const pathStyle = !settings.documentsEndpoint.includes('://{bucket}.');
  const endpoint = settings.documentsEndpoint.replace('{bucket}.', '').replaceAll('{region}', region).replace(/\/$/, '');
  const address = pathStyle ? endpoint : endpoint.replace('://', `://${bucket}.`);
  const destination = destinationOf(address);
  if (destination === undefined) {
    throw new ConfigurationError(
      `${SETTINGS.documentsEndpoint.variable} is no address with this bucket and region.`,
      'Write a host of letters, digits, hyphens and dots.',
    );
  }
  const { hostname, port, protocol } = new URL(address);
  const ofBucket = `of the bucket that ${SETTINGS.documentsBucket.variable} names`;
  return {
    endpoint,
    host: hostname,
    port: Number(port || (protocol === 'https:' ? 443 : 80)),
    destination,
    pathStyle,
    region,
    bucket,
    prefix,
    accessKeyId: requireSetting('documentsAccessKeyId', settings.documentsAccessKeyId, `the access key ID ${ofBucket}`),
    secretAccessKey: requireSetting('documentsSecretAccessKey', settings.documentsSecretAccessKey, `the secret access key ${ofBucket}`),
  };
}

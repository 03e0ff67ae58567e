import { type ExistingDocument, isExistingDocument } from '@holdfast/configuration';
import { ConnectorError, fitsText, invalidOption, type Options, readHttpAddress } from '@holdfast/connector';
import { s3PublisherType } from './types.ts';

/** A bucket, and who asks for it. */
export interface Place {
  /** URL of the service, without the bucket. */
  readonly endpoint: string;
  /** The bucket is a part of the path in place of the host. */
  readonly pathStyle: boolean;
  readonly destination: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken: string | undefined;
}

export interface PublisherOptions extends Place {
  /** NFC, without empty parts; empty for the top of the bucket. */
  readonly folder: string;
  readonly existing: ExistingDocument;
}

export interface SourceOptions extends Place {
  /** As it is written, without empty parts; empty for the whole bucket. */
  readonly folder: string;
}

const { properties } = s3PublisherType.schema;

/**
 * Checked again here, because a configuration may be older than the rules.
 *
 * @throws ConnectorError `option_invalid`.
 */
export function readPublisherOptions(options: Options): PublisherOptions {
  const { existing = properties.existing.default } = options;
  if (!isExistingDocument(existing)) {
    throw invalidOption('When a different …', 'is not one of its choices');
  }
  return { ...readPlace(options), folder: readFolder(options.folder).normalize('NFC'), existing };
}

/**
 * The same of a source.
 *
 * @throws ConnectorError `option_invalid`.
 */
export function readSourceOptions(options: Options): SourceOptions {
  return { ...readPlace(options), folder: readFolder(options.folder) };
}

function readPlace(options: Options): Place {
  const { endpoint: text = properties.endpoint.default, region = properties.region.default, bucket } = options;
  const { endpoint: endpointSchema, region: regionSchema, bucket: bucketSchema } = properties;
  if (!fitsText(region, regionSchema)) throw invalidOption('Region', 'is not the name of a region');
  if (!fitsText(bucket, bucketSchema)) throw invalidOption('Bucket', 'is not a name that S3 allows');
  if (!fitsText(text, endpointSchema)) throw invalidOption('Endpoint', 'is not a URL with http or https');
  const pathStyle = !text.includes('://{bucket}.');
  if (!pathStyle && bucket.includes('.')) {
    throw new ConnectorError('option_invalid', `The bucket “${bucket}” has a dot in its name, and no certificate is for such a host.`, {
      remedy: 'Leave {bucket}. out of the endpoint, for example https://s3.{region}.amazonaws.com.',
    });
  }
  const endpoint = text.replace('{bucket}.', '').replaceAll('{region}', region.toLowerCase()).replace(/\/$/, '');
  const { destination } = readHttpAddress(pathStyle ? endpoint : endpoint.replace('://', `://${bucket}.`), 'Endpoint');
  return {
    endpoint,
    pathStyle,
    destination,
    region,
    bucket,
    accessKeyId: readKey(options.accessKeyId, 'Access key ID'),
    secretAccessKey: readKey(options.secretAccessKey, 'Secret access key'),
    sessionToken:
      options.sessionToken === undefined || options.sessionToken === '' ? undefined : readKey(options.sessionToken, 'Session token'),
  };
}

/** What was copied with a space or line end around it is meant without. */
function readKey(value: unknown, title: string): string {
  const key = typeof value === 'string' ? value.trim() : '';
  if (key === '') throw invalidOption(title, 'is not filled in');
  if (!/^[\x21-\x7e]{1,4096}$/.test(key)) throw invalidOption(title, 'holds characters that no key has');
  return key;
}

function readFolder(value: unknown = ''): string {
  if (!fitsText(value, properties.folder)) throw invalidOption('Folder', 'is not a path without empty parts');
  if (value.split('/').some((part) => part === '.' || part === '..')) throw invalidOption('Folder', 'has a part that is . or ..');
  return value;
}

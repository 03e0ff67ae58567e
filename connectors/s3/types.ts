import { type ComponentType, existingDocument, storageFolder } from '@holdfast/configuration';

/** Where the bucket is and who asks: the same for every type of this folder. */
const place = {
  endpoint: {
    type: 'string',
    title: 'Endpoint',
    'x-section': 'Place',
    description:
      'URL of the service. {region} and {bucket} stand for the options below. With {bucket}. in front of the host the bucket is a part of the host (AWS); without it, a part of the path (MinIO, R2, Ceph).',
    default: 'https://{bucket}.s3.{region}.amazonaws.com',
    maxLength: 300,
    'x-pattern-words':
      'Write a URL with http or https, for example https://minio.example.com:9000 or https://{bucket}.s3.{region}.amazonaws.com, without a query.',
    pattern: '^https?://(?:\\{bucket\\}\\.)?(?:[A-Za-z0-9.-]|\\{region\\})+(?::[0-9]{1,5})?(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*/?$',
    'x-destination': '{endpoint}',
  },
  region: {
    type: 'string',
    title: 'Region',
    'x-section': 'Place',
    description: 'Region of the bucket, for example eu-central-1. R2: auto. MinIO: us-east-1, unless it was set up otherwise.',
    default: 'us-east-1',
    minLength: 1,
    maxLength: 40,
    'x-pattern-words': 'Use letters, digits and hyphens.',
    pattern: '^[A-Za-z0-9-]+$',
  },
  bucket: {
    type: 'string',
    title: 'Bucket',
    'x-section': 'Place',
    description: 'Lower-case letters, digits, hyphens and dots; 3 to 63 characters.',
    minLength: 3,
    maxLength: 63,
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    'x-pattern-words': 'Use lower-case letters, digits, hyphens and single dots; 3 to 63 characters.',
    pattern: '^[a-z0-9](?:\\.?[a-z0-9-])*[a-z0-9]$',
  },
  accessKeyId: {
    type: 'string',
    title: 'Access key ID',
    'x-section': 'Key pair',
    'x-takes': { 'aws-access-key-id': {} },
    description: 'The first half of the key pair.',
    minLength: 1,
    'x-secret': true,
  },
  secretAccessKey: {
    type: 'string',
    title: 'Secret access key',
    'x-section': 'Key pair',
    description: 'The second half. It signs requests and is not sent.',
    minLength: 1,
    'x-secret': true,
  },
  sessionToken: {
    type: 'string',
    title: 'Session token',
    'x-section': 'Key pair',
    description:
      'Of temporary credentials (AWS STS), which end within hours: the three of them belong together. Empty for a key pair of a user.',
    minLength: 1,
    'x-secret': true,
  },
} as const;

/** What the form of an S3 publisher asks for. */
export const s3PublisherType = {
  type: 's3-publisher',
  role: 'publisher',
  title: 'S3 publisher',
  description: 'Puts each document of a run into a bucket of Amazon S3, or of any service that speaks its protocol.',
  schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['bucket', 'accessKeyId', 'secretAccessKey'],
    properties: {
      ...place,
      folder: { ...storageFolder, description: 'Put in front of each name, for example invoices/2026. Empty: the top of the bucket.' },
      existing: existingDocument,
    },
  },
} as const satisfies ComponentType;

/** What the form of an S3 source asks for. */
export const s3SourceType = {
  type: 's3-source',
  role: 'connector',
  title: 'S3 source',
  description: 'Reads documents out of a bucket of Amazon S3, or of any service that speaks its protocol.',
  schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['bucket', 'accessKeyId', 'secretAccessKey'],
    properties: {
      ...place,
      folder: {
        ...storageFolder,
        description: 'Documents below it are read, also in folders of it, for example inbox/2026. Empty: the whole bucket.',
      },
    },
  },
} as const satisfies ComponentType;

import type { Connector, ConnectorContext, PublisherConnector, SourceConnector } from '@holdfast/connector';
import { type Place, readPublisherOptions, readSourceOptions } from './options.ts';
import { s3PublisherType, s3SourceType } from './types.ts';

/**
 * Publishes to Amazon S3 and what speaks its protocol: docs.aws.amazon.com/AmazonS3/latest/API. The vendor's
 * library is loaded at the first use.
 */
export const s3Publisher: PublisherConnector = {
  role: 'publisher',
  type: s3PublisherType,
  destinations: (options) => [readPublisherOptions(options).destination],
  async check(options, context) {
    const { checkPublisher } = await import('./check.ts');
    return checkPublisher(protectedOptions(readPublisherOptions(options), context), context);
  },
  async publish(document, options, context) {
    const { publish } = await import('./publish.ts');
    return publish(document, protectedOptions(readPublisherOptions(options), context), context);
  },
};

/** Reads from the same. */
export const s3Source: SourceConnector = {
  role: 'connector',
  type: s3SourceType,
  destinations: (options) => [readSourceOptions(options).destination],
  async check(options, context) {
    const { checkSource } = await import('./source.ts');
    return checkSource(protectedOptions(readSourceOptions(options), context), context);
  },
  async *list(options, context) {
    const { list } = await import('./source.ts');
    yield* list(protectedOptions(readSourceOptions(options), context), context);
  },
  async read(reference, options, context) {
    const { read } = await import('./source.ts');
    return read(reference, protectedOptions(readSourceOptions(options), context), context);
  },
};

/** Every connector of this folder. */
export const connectors: readonly Connector[] = [s3Source, s3Publisher];

function protectedOptions<T extends Place>(settings: T, context: ConnectorContext): T {
  context.protect(settings.secretAccessKey);
  if (settings.sessionToken !== undefined) context.protect(settings.sessionToken);
  return settings;
}

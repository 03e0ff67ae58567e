import type { Connector, ConnectorContext, Options, PublisherConnector } from '@holdfast/connector';
import { type PublisherOptions, readPublisherOptions } from './options.ts';
import { s3PublisherType } from './types.ts';

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
    return checkPublisher(protectedOptions(options, context), context);
  },
  async publish(document, options, context) {
    const { publish } = await import('./publish.ts');
    return publish(document, protectedOptions(options, context), context);
  },
};

/** Every connector of this folder. */
export const connectors: readonly Connector[] = [s3Publisher];

function protectedOptions(options: Options, context: ConnectorContext): PublisherOptions {
  const settings = readPublisherOptions(options);
  context.protect(settings.secretAccessKey);
  return settings;
}

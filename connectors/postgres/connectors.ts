import type { PublisherConnector } from '@holdfast/connector';
import { readPublisherOptions } from './options.ts';
import { postgresPublisherType } from './types.ts';

/**
 * Writes documents into a table of PostgreSQL: postgresql.org/docs/current/protocol.html. The client is
 * loaded at the first use.
 */
export const postgresPublisher: PublisherConnector = {
  role: 'publisher',
  type: postgresPublisherType,
  destinations: (options) => [readPublisherOptions(options).server.destination],
  async check(options, context) {
    const settings = readPublisherOptions(options);
    for (const part of settings.server.secretParts) context.protect(part);
    const { checkPublisher } = await import('./check-publisher.ts');
    return checkPublisher(settings, context);
  },
  async publish(document, options, context) {
    const settings = readPublisherOptions(options);
    for (const part of settings.server.secretParts) context.protect(part);
    const { publish } = await import('./publish.ts');
    return publish(document, settings, context);
  },
};

import type { PublisherConnector, SourceConnector } from '@holdfast/connector';
import { readPublisherOptions, readSourceOptions } from './options.ts';
import { postgresPublisherType, postgresSourceType } from './types.ts';

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

/** Reads documents of PostgreSQL by a query that may not write. */
export const postgresSource: SourceConnector = {
  role: 'connector',
  type: postgresSourceType,
  destinations: (options) => [readSourceOptions(options).server.destination],
  async check(options, context) {
    const settings = readSourceOptions(options);
    for (const part of settings.server.secretParts) context.protect(part);
    const { checkSource } = await import('./source.ts');
    return checkSource(settings, context);
  },
  async *list(options, context) {
    const settings = readSourceOptions(options);
    for (const part of settings.server.secretParts) context.protect(part);
    const { list } = await import('./source.ts');
    yield* list(settings, context);
  },
  async read(reference, options, context) {
    const settings = readSourceOptions(options);
    for (const part of settings.server.secretParts) context.protect(part);
    const { read } = await import('./source.ts');
    return read(reference, settings, context);
  },
};

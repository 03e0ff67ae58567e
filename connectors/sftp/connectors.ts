import { type Connector, type PublisherConnector, type SourceConnector, withinCheck } from '@holdfast/connector';
import { readPublisherOptions, readSourceOptions } from './options.ts';
import { sftpPublisherType, sftpSourceType } from './types.ts';

/**
 * Publishes to servers of SFTP, version 3 (draft-ietf-secsh-filexfer-02), which is what OpenSSH and nearly
 * all others speak. The library is loaded at the first use.
 */
export const sftpPublisher: PublisherConnector = {
  role: 'publisher',
  type: sftpPublisherType,
  destinations: (options) => [readPublisherOptions(options).destination],
  async check(options, context) {
    const settings = readPublisherOptions(options);
    const { checkPublisher } = await import('./check.ts');
    return withinCheck(settings.shown, () => checkPublisher(settings, context));
  },
  async publish(document, options, context) {
    const { publish } = await import('./publish.ts');
    return publish(document, readPublisherOptions(options), context);
  },
};

/** Reads from the same. */
export const sftpSource: SourceConnector = {
  role: 'connector',
  type: sftpSourceType,
  destinations: (options) => [readSourceOptions(options).destination],
  async check(options, context) {
    const settings = readSourceOptions(options);
    const { checkSource } = await import('./source.ts');
    return withinCheck(settings.shown, () => checkSource(settings, context));
  },
  async *list(options, context) {
    const { list } = await import('./source.ts');
    yield* list(readSourceOptions(options), context);
  },
  async read(reference, options, context) {
    const { read } = await import('./source.ts');
    return read(reference, readSourceOptions(options), context);
  },
};

/** Every connector of this folder. */
export const connectors: readonly Connector[] = [sftpSource, sftpPublisher];

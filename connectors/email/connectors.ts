import { type Connector, type PublisherConnector, withinCheck } from '@holdfast/connector';
import { readOptions } from './options.ts';
import { emailPublisherType } from './types.ts';

/** Sends documents by SMTP (RFC 5321). The library is loaded at the first use. */
export const emailPublisher: PublisherConnector = {
  role: 'publisher',
  type: emailPublisherType,
  destinations: (options) => [readOptions(options).destination],
  arrivesTwice: () => true,
  async check(options, context) {
    const settings = readOptions(options);
    const { check } = await import('./check.ts');
    return withinCheck(settings.shown, () => check(settings, context));
  },
  async publish(document, options, context) {
    const { publish } = await import('./publish.ts');
    return publish(document, readOptions(options), context);
  },
};

/** Every connector of this folder. */
export const connectors: readonly Connector[] = [emailPublisher];

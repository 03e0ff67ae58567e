import type { Connector, ConnectorContext, Options, PublisherConnector } from '@holdfast/connector';
import { isMessage, readOptions, secretPartsOf, type WebhookOptions } from './options.ts';
import { webhookPublisherType } from './types.ts';

/** Posts documents, or messages about them, to an address that is itself the secret. */
export const webhookPublisher: PublisherConnector = {
  role: 'publisher',
  type: webhookPublisherType,
  destinations: (options) => [readOptions(options).address.destination],
  // A service that takes documents has the key to know one again by; a chat shows what it gets.
  arrivesTwice: (options) => isMessage(readOptions(options)),
  async check(options, context) {
    const { check } = await import('./check.ts');
    return check(protectedOptions(options, context), context);
  },
  async publish(document, options, context) {
    const { publish } = await import('./publish.ts');
    return publish(document, protectedOptions(options, context), context);
  },
};

/** Every connector of this folder. */
export const connectors: readonly Connector[] = [webhookPublisher];

function protectedOptions(options: Options, context: ConnectorContext): WebhookOptions {
  const settings = readOptions(options);
  for (const part of secretPartsOf(settings)) context.protect(part);
  return settings;
}

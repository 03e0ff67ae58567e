import type { Connector, ModelConnector, PublisherConnector, SourceConnector } from '@holdfast/connector';
import { protect } from './access.ts';
import { readModelOptions, transform } from './model.ts';
import { publish, readPublisherOptions } from './publisher.ts';
import { reach, testDocument } from './reach.ts';
import { list, read, readSourceOptions } from './source.ts';
import { httpModelType, httpPublisherType, httpSourceType } from './types.ts';

/** Sends documents to addresses made of their names. */
export const httpPublisher: PublisherConnector = {
  role: 'publisher',
  type: httpPublisherType,
  destinations: (options) => [readPublisherOptions(options).destination],
  // PUT leaves one document under an address, however often it is sent (RFC 9110, section 9.2.2).
  async check(options, context) {
    const settings = readPublisherOptions(options);
    protect(settings, context);
    if (settings.connectionTest === 'reach') return reach(settings, context);
    const { publishedAs } = await publish(testDocument(), settings, context);
    return `The service took the test document: ${publishedAs}.`;
  },
  async publish(document, options, context) {
    const settings = readPublisherOptions(options);
    protect(settings, context);
    return publish(document, settings, context);
  },
};

/** Reads documents of an HTTP service. */
export const httpSource: SourceConnector = {
  role: 'connector',
  type: httpSourceType,
  destinations: (options) => [readSourceOptions(options).destination],
  async check(options, context) {
    const settings = readSourceOptions(options);
    protect(settings, context);
    const { host } = settings.url;
    for await (const { name, reference } of list(settings, context)) {
      const { body } = await read(reference, settings, context);
      // The beginning is enough: leaving the loop ends the transfer.
      for await (const _ of body) break;
      return `The service at ${host} has documents, and the first can be read: “${name}”.`;
    }
    return `The service at ${host} answers with a list. There is no document in it now.`;
  },
  async *list(options, context) {
    const settings = readSourceOptions(options);
    protect(settings, context);
    yield* list(settings, context);
  },
  async read(reference, options, context) {
    const settings = readSourceOptions(options);
    protect(settings, context);
    return read(reference, settings, context);
  },
};

/** Has an inference service make something of each document. */
export const httpModel: ModelConnector = {
  role: 'model',
  type: httpModelType,
  destinations: (options) => [readModelOptions(options).destination],
  async check(options, context) {
    const settings = readModelOptions(options);
    protect(settings, context);
    if (settings.connectionTest === 'reach') return reach(settings, context);
    const [result] = await transform(testDocument(), { ...settings, answerSchema: undefined }, context);
    return `The service made ${result?.contentType} of a test document.`;
  },
  async transform(document, options, context) {
    const settings = readModelOptions(options);
    protect(settings, context);
    return transform(document, settings, context);
  },
};

/** Every connector of this folder. */
export const connectors: readonly Connector[] = [httpSource, httpModel, httpPublisher];

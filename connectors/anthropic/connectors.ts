import type { Connector, ModelConnector } from '@holdfast/connector';
import { checkModel, destinationAt, transformBy } from '@holdfast/model-tasks';
import { readOptions } from './options.ts';
import { anthropicModelType } from './types.ts';

/**
 * A model behind the Messages API: docs.anthropic.com/en/api/messages. The vendor's SDK is
 * loaded at the first use.
 */
export const anthropicModel: ModelConnector = {
  role: 'model',
  type: anthropicModelType,
  destinations: (options) => [destinationAt(readOptions(options).baseUrl)],
  async check(options, context) {
    const settings = readOptions(options);
    const { serviceOf } = await import('./model.ts');
    return checkModel(serviceOf(settings, context), settings);
  },
  async transform(document, options, context) {
    const settings = readOptions(options);
    const { serviceOf } = await import('./model.ts');
    return transformBy(serviceOf(settings, context, document.name), settings.task, document, context);
  },
};

export const connectors: readonly Connector[] = [anthropicModel];

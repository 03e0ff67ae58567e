import type { Connector, ModelConnector } from '@holdfast/connector';
import { checkModel, destinationAt, transformBy } from '@holdfast/model-tasks';
import { readOptions } from './options.ts';
import { openaiModelType } from './types.ts';

/**
 * A model behind the Chat Completions API: platform.openai.com/docs/api-reference/chat. The vendor's SDK is
 * loaded at the first use.
 */
export const openaiModel: ModelConnector = {
  role: 'model',
  type: openaiModelType,
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

export const connectors: readonly Connector[] = [openaiModel];

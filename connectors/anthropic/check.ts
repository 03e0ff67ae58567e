import type { ConnectorContext } from '@holdfast/connector';
import { conversationOf } from '@holdfast/model-tasks';
import { serviceOf } from './model.ts';
import type { AnthropicOptions } from './options.ts';

const CHECK_MILLISECONDS = 20_000;

/**
 * Asks what a document is asked, about one sentence: a key that may do nothing else passes, and a parameter
 * that the model does not take is found. It takes about as many tokens as the instructions and schema have.
 */
export async function check(settings: AnthropicOptions, context: ConnectorContext): Promise<string> {
  const service = serviceOf(settings, context, undefined, CHECK_MILLISECONDS);
  const sentence = {
    kind: 'text',
    text: 'This is a test of the connection. There is nothing to find here: answer as briefly as you can.',
  } as const;
  await service.ask(conversationOf(settings.task, 'test.txt', sentence, service.schemaInWords));
  return `${settings.baseUrl.host} accepts the API key, and the model “${settings.model}” answers.`;
}

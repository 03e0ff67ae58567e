import { conversationOf } from './conversation.ts';
import type { ModelSettings } from './service.ts';
import type { ModelService } from './transform.ts';

/**
 * Asks what a document is asked, about one sentence: a key that may do nothing else passes, and a parameter
 * that the model does not take is found. It takes about as many tokens as the instructions and schema have.
 *
 * @returns one sentence on what was found.
 * @throws ConnectorError, as `ask` does.
 */
export async function checkModel(service: ModelService, { task, baseUrl, model }: ModelSettings): Promise<string> {
  const sentence = {
    kind: 'text',
    text: 'This is a test of the connection. There is nothing to find here: answer as briefly as you can.',
  } as const;
  await service.ask(conversationOf(task, 'test.txt', sentence, service.schemaInWords));
  return `${baseUrl.host} accepts the API key, and the model “${model}” answers.`;
}

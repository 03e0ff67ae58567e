import type { ComponentType } from '@holdfast/configuration';
import { taskOptions } from '@holdfast/model-tasks/options';

/** What the form of a model behind OpenAI's Chat Completions API asks for. */
export const openaiModelType = {
  type: 'openai-model',
  role: 'model',
  title: 'OpenAI model',
  description: 'Extracts fields from documents, classifies or summarizes them, by OpenAI or any service with the same API.',
  schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['apiKey', 'model'],
    properties: {
      apiKey: {
        type: 'string',
        title: 'API key',
        'x-section': 'Service',
        description: 'A key that may create chat completions. A service without keys takes any text.',
        minLength: 1,
        'x-secret': true,
      },
      baseUrl: {
        type: 'string',
        title: 'Base URL',
        'x-section': 'Service',
        description: 'Where the API begins. Documents and the key go there.',
        maxLength: 500,
        'x-pattern-words': 'Write an address such as https://api.openai.com/v1, without a user, ? or #.',
        pattern: '^[Hh][Tt][Tt][Pp][Ss]?://[^\\s/?#@]+(?:/[^\\s?#]*)?$',
        default: 'https://api.openai.com/v1',
        'x-destination': true,
      },
      model: {
        type: 'string',
        title: 'Model',
        'x-section': 'Service',
        description: 'As the service names it, for example gpt-5-mini. On Azure OpenAI: the name of the deployment.',
        minLength: 1,
        maxLength: 200,
        'x-pattern-words': 'Write the model’s name without spaces.',
        pattern: '^[^\\s\\u0000-\\u001f\\u007f]+$',
      },
      ...taskOptions,
      answerForm: {
        type: 'string',
        title: 'Form of the answer',
        'x-section': 'What is asked',
        showIf: { task: ['extract', 'classify'] },
        enum: ['json-schema', 'json-schema-strict', 'json-object', 'text'],
        default: 'json-schema',
        'x-enum-words': {
          'json-schema': 'JSON by the schema',
          'json-schema-strict': 'JSON by the schema, strictly',
          'json-object': 'Any JSON object',
          text: 'A text that holds JSON',
        },
        description:
          'How JSON is asked for. Strictly: the service itself holds the answer to the schema, which has to require every field and allow no others. The last two are for services that know no schemas.',
      },
    },
  },
} as const satisfies ComponentType;
